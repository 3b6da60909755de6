import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from voxplain.attribution.baselines import baselines, blurred, mean_volume
from voxplain.errors import InputError, SettingsError


@pytest.mark.parametrize("axes", [2, 3])
def test_a_named_baseline_is_made_of_each_volume_and_each_channel_by_itself(volumes, axes):
    batch = volumes(axes, channels=2)
    assert torch.equal(baselines("zero", batch), torch.zeros_like(batch)[None])
    assert torch.equal(baselines(-1.5, batch), torch.full_like(batch, -1.5)[None])
    (mean,) = baselines("mean", batch)
    assert mean.shape == batch.shape
    for row in range(3):
        for channel in range(2):
            constant = mean[row, channel]
            assert (constant == constant.flatten()[0]).all()
            assert float(constant.flatten()[0]) == pytest.approx(float(batch[row, channel].mean()))
    assert torch.equal(baselines({"blur": 2}, batch)[0], blurred(batch, 2))
    assert torch.equal(baselines("blur", batch), baselines({"blur": 5.0}, batch))


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("sigma", [0.7, 2.0, 6.0])
def test_blurring_is_a_gaussian_that_takes_nothing_from_outside(volumes, axes, sigma):
    batch = volumes(axes, channels=2)

    def filtered(values):
        return gaussian_filter(values, sigma, mode="constant", truncate=40)

    inside = filtered(np.ones(batch.shape[2:]))
    for row, one in enumerate(blurred(batch, sigma)):
        for channel, values in enumerate(one):
            np.testing.assert_allclose(values, filtered(batch[row, channel].numpy()) / inside, rtol=1e-9, atol=1e-12)
    constant = torch.full_like(batch, 3)
    torch.testing.assert_close(blurred(constant, sigma), constant)


def test_blurring_spreads_one_voxel_evenly_about_itself():
    point = torch.zeros(1, 1, 41, 31, 35, dtype=torch.float64)
    point[0, 0, 20, 15, 17] = 1
    spot = blurred(point, 2)[0, 0]
    assert spot.argmax() == point.argmax()
    assert torch.allclose(spot, spot.flip(0), atol=1e-15) and torch.allclose(spot, spot.flip(2), atol=1e-15)
    # a Gaussian of sigma 2 falls to exp(-1/2) at a distance of 2
    assert float(spot[22, 15, 17] / spot[20, 15, 17]) == pytest.approx(np.exp(-0.5), rel=1e-9)


def test_given_volumes_serve_all_or_each_one_or_several_of_them(volumes):
    batch, other = volumes(channels=2), volumes(channels=2).flip(2)
    assert torch.equal(baselines(other[0], batch)[0], other[:1].expand_as(batch))
    assert torch.equal(baselines(other, batch)[0], other)
    assert torch.equal(baselines(torch.stack([other, batch]), batch), torch.stack([other, batch]))
    several = baselines(other[:, None], batch)
    assert several.shape == (3, *batch.shape)
    assert torch.equal(several[1, 2], other[1])
    listed = baselines(["zero", other[0], other], batch)
    assert torch.equal(listed, torch.stack([0 * batch, other[:1].expand_as(batch), other]))
    assert baselines(other.float(), batch).dtype == torch.float64


def test_the_mean_of_given_volumes_needs_one_at_a_time(volumes):
    batch = volumes(channels=2, batch=5)
    torch.testing.assert_close(mean_volume(iter(batch)), batch.mean(0))
    torch.testing.assert_close(mean_volume(batch.float()), batch.float().mean(0))
    # a sum in single precision would lose the small values
    many = [torch.full((1, 2, 2), 1e8 if number == 0 else 1.0) for number in range(1001)]
    assert float(mean_volume(many)[0, 0, 0]) == pytest.approx((1e8 + 1000) / 1001, rel=1e-7)
    assert baselines(mean_volume(batch), batch[:3]).shape == (1, *batch[:3].shape)


@pytest.mark.parametrize(
    ("baseline", "fault", "words"),
    [
        ("black", SettingsError, 'baseline is \'black\'; use "zero", "mean", "blur"'),
        (True, SettingsError, "baseline is True"),
        (float("nan"), SettingsError, "baseline is nan"),
        ({"blur": 0}, SettingsError, r"baseline is \{'blur': 0\}"),
        ({"sigma": 1}, SettingsError, r"baseline is \{'sigma': 1\}"),
        ([], SettingsError, "baseline is an empty list"),
        (["zero", None], SettingsError, "baseline is None"),
        (torch.zeros(1, 9, 6, 7), InputError, r"baseline has shape \(1, 9, 6, 7\), volumes \(3, 1, 7, 6, 9\)"),
        (torch.zeros(2, 1, 7, 6, 9), InputError, r"baseline has shape \(2, 1, 7, 6, 9\)"),
        (torch.zeros(0, 1, 1, 7, 6, 9), InputError, r"baseline has shape \(0, 1, 1, 7, 6, 9\)"),
        (torch.full((1, 7, 6, 9), float("inf")), InputError, "baseline holds NaN or infinity"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_line(volumes, baseline, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        baselines(baseline, volumes())
    assert "\n" not in str(refusal.value)


def test_no_mean_is_taken_of_nothing_or_of_different_shapes(volumes):
    with pytest.raises(InputError, match="no volumes to take the mean of"):
        mean_volume([])
    with pytest.raises(InputError, match=r"volume 1 has shape \(1, 7, 6, 8\), the first \(1, 7, 6, 9\)"):
        mean_volume([volumes()[0], volumes()[0, ..., :8]])
