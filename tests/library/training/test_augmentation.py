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
