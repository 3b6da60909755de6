import pytest
import torch

from voxplain.attribution.baselines import blurred
from voxplain.attribution.fills import fills
from voxplain.errors import InputError, SettingsError


def test_numbers_means_and_blurs_are_those_of_baselines(volumes):
    batch = volumes(channels=2)
    made = fills([0.25, "mean", {"blur": 2.0}], batch)
    assert made.shape == (3, *batch.shape)
    assert (made[0] == 0.25).all()
    torch.testing.assert_close(made[1][2, 1, 0, 0, 0], batch[2, 1].mean())
    torch.testing.assert_close(made[2], blurred(batch, 2.0))


def test_noise_has_the_mean_and_the_deviation_of_each_channel_of_each_volume():
    generator = torch.Generator().manual_seed(1)
    batch = (
        torch.randn(2, 2, 30, 31, 29, generator=generator).double() * torch.tensor([[1.0, 2], [3, 4]])[..., *[None] * 3]
    )
    batch += torch.tensor([[5.0, 6], [7, 8]])[..., *[None] * 3]
    made = fills("noise", batch, seed=3)[0]
    for one, volume in zip(made.flatten(0, 1), batch.flatten(0, 1), strict=True):
        assert abs(one.mean() - volume.mean()) < 0.03 * volume.std()
        assert abs(one.std() / volume.std() - 1) < 0.03
        assert abs(torch.corrcoef(torch.stack([one.flatten(), volume.flatten()]))[0, 1]) < 0.03


@pytest.mark.parametrize("axes", [2, 3])
def test_noise_comes_from_the_seed_alone_whatever_the_batch(volumes, axes):
    batch = volumes(axes, channels=2)
    together = fills("noise", batch, seed=3)[0]
    torch.testing.assert_close(together[2:], fills("noise", batch[2:], seed=3)[0], rtol=1e-12, atol=1e-12)
    assert not torch.equal(together, fills("noise", batch, seed=4)[0])
    torch.testing.assert_close(together.float(), fills("noise", batch.float(), seed=3)[0], rtol=1e-5, atol=1e-5)


def test_noise_of_factor_zero_is_the_mean(volumes):
    batch = volumes(channels=2)
    torch.testing.assert_close(fills({"noise": 0}, batch), fills("mean", batch))


def test_other_subjects_cover_each_volume(volumes):
    others = volumes(batch=4)[:, None]
    assert torch.equal(fills(others, volumes())[:, 1], others[:, 0])


@pytest.mark.parametrize(
    ("fill", "fault", "words"),
    [
        ("median", SettingsError, "fill is 'median'; use "),
        ({"noise": -1}, SettingsError, "give the noise a factor of at least 0"),
        ([], SettingsError, "fill is an empty list"),
        (torch.zeros(1, 2, 3, 4), InputError, r"fill has shape \(1, 2, 3, 4\), volumes \(3, 1, 7, 6, 9\)"),
    ],
)
def test_a_wrong_fill_is_refused_in_one_line(volumes, fill, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        fills(fill, volumes())
    assert "\n" not in str(refusal.value)
