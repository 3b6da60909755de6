import numpy as np
import torch
import torchio as tio

from voxplain.training.augmentation import augmented

SHAPE = (1, 12, 15, 14)


def smooth():
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE[1:]), indexing="ij")
    return torch.from_numpy(np.exp(-4 * ((x - 0.2) ** 2 + y**2 + (z + 0.1) ** 2))).float()[None]


def test_nothing_asked_changes_nothing():
    volume = smooth()
    assert torch.equal(augmented(volume, {}, 1), volume)


def test_the_same_seed_gives_the_same_volume_and_leaves_torchs_state_alone():
    settings = {"flip": 0.5, "rotation": 10, "scaling": 0.1, "noise": 0.1}
    before = torch.get_rng_state()
    first = augmented(smooth(), settings, 7)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(augmented(smooth(), settings, 7), first)
    assert not torch.equal(augmented(smooth(), settings, 8), first)
    assert first.shape == SHAPE and first.dtype == torch.float32 and torch.isfinite(first).all()


def test_the_volume_given_is_left_as_it_was():
    volume = smooth()
    augmented(volume, {"flip": 1, "rotation": 10, "scaling": 0.1, "noise": 0.1}, 3)
    assert torch.equal(volume, smooth())


def test_a_flip_is_left_right_and_comes_with_its_probability():
    volume = smooth()
    assert torch.equal(augmented(volume, {"flip": 1}, 1), volume.flip(1))
    flipped = [torch.equal(augmented(volume, {"flip": 0.25}, seed), volume.flip(1)) for seed in range(200)]
    assert 30 < sum(flipped) < 70


def test_the_affine_is_torchios_about_the_middle():
    volume, draws = smooth(), torch.rand(7, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    expected = tio.Affine(
        scales=[1 + 0.1 * (2 * draw - 1) for draw in draws[4:].tolist()],
        degrees=[12 * (2 * draw - 1) for draw in draws[1:4].tolist()],
        translation=(0, 0, 0),
        default_pad_value=0,
    )(tio.ScalarImage(tensor=volume)).data
    found = augmented(volume, {"rotation": 12, "scaling": 0.1}, 4)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert float((found - volume).abs().max()) > 0.02


def test_scaling_moves_the_half_maximum_by_no_more_than_its_share():
    volume = smooth()
    sizes = [float((augmented(volume, {"scaling": 0.1}, seed) > 0.5).sum()) for seed in range(20)]
    before = float((volume > 0.5).sum())
    assert 0.6 < min(sizes) / before < 0.97 and 1.03 < max(sizes) / before < 1.5


def test_a_rotation_keeps_the_middle_and_mass():
    volume = smooth()
    turned = augmented(volume, {"rotation": 15}, 5)
    assert not torch.allclose(turned, volume, atol=1e-2)
    assert abs(float(turned.sum() / volume.sum()) - 1) < 0.05


def test_noise_has_the_standard_deviation_asked_for():
    noise = augmented(torch.zeros(1, 40, 30, 20), {"noise": 0.3}, 2)
    assert abs(float(noise.std()) - 0.3) < 0.01 and abs(float(noise.mean())) < 0.01


def test_every_axis_asked_for_is_flipped_by_itself():
    volume = torch.rand(SHAPE, generator=torch.Generator().manual_seed(0))
    both = augmented(volume, {"flip": 1, "flip_axes": ["left_right", "bottom_top"]}, 1)
    assert torch.equal(both, volume.flip((1, 3)))
    asked = {"flip": 0.5, "flip_axes": ["back_front", "bottom_top"]}
    found = [augmented(volume, asked, seed) for seed in range(60)]
    kinds = [sum(torch.equal(one, volume.flip(axes)) for one in found) for axes in ((), (2,), (3,), (2, 3))]
    assert sum(kinds) == 60 and min(kinds) > 5


def test_what_is_drawn_for_one_change_does_not_depend_on_the_others():
    volume = smooth()
    flipped = [augmented(volume, {"flip": 0.5}, seed) for seed in range(8)]
    also = [augmented(volume, {"flip": 0.5, "flip_axes": ["left_right"], "bias": 1e-12}, seed) for seed in range(8)]
    for one, other in zip(flipped, also, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)


def test_an_elastic_deformation_moves_the_inside_by_no_more_than_asked_and_the_border_by_a_sixth():
    places = torch.stack(torch.meshgrid(*(torch.arange(30.0) for _ in range(3)), indexing="ij"))
    moved = augmented(places, {"elastic": 4}, 3, spacing=(2, 2, 2)) - places
    assert 0.3 < float(moved.abs().max()) <= 2.0
    border = torch.ones(30, 30, 30, dtype=bool)
    border[1:-1, 1:-1, 1:-1] = False
    assert float(moved[:, border].abs().max()) <= 2.0 / 6 + 0.01
    assert not torch.equal(moved, augmented(places, {"elastic": 4}, 4, spacing=(2, 2, 2)) - places)


def test_a_bias_field_is_smooth_positive_and_on_intensities_alone():
    volume = torch.ones(2, 12, 15, 14)
    field = augmented(volume, {"bias": 0.3}, 5, intensities=[1])
    assert torch.equal(field[0], volume[0]) and float(field[1].min()) > 0
    assert float(field[1].std()) > 0.05
    axis = torch.arange(15.0, dtype=torch.float64).sub(7)
    axis = axis / axis.max()
    polynomial = field[1, 6, :, 7].double().log()
    powers = torch.stack([axis**power for power in range(4)], 1)
    fitted = powers @ torch.linalg.lstsq(powers, polynomial).solution
    torch.testing.assert_close(fitted, polynomial, atol=1e-5, rtol=0)
    assert torch.equal(volume, torch.ones(2, 12, 15, 14))


def test_a_factor_scales_all_axes_about_the_middle():
    x = torch.linspace(-1, 1, 41)
    ball = (x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None] ** 2 < 0.25).float()[None]
    larger = augmented(ball, {}, 1, factor=1.2)
    assert abs(float(larger.sum() / ball.sum()) - 1.2**3) < 0.03
    torch.testing.assert_close(larger, larger.flip((1, 2, 3)), atol=1e-4, rtol=0)
