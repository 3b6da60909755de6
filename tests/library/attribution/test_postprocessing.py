import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from voxplain.attribution.postprocessing import postprocess
from voxplain.errors import InputError, SettingsError


def test_signs_can_be_dropped_or_the_negative_part(volumes):
    maps = volumes(2, channels=2)
    assert torch.equal(postprocess(maps, ["abs"]), maps.abs())
    assert torch.equal(postprocess(maps, ["relu"]), maps.clamp(min=0))
    assert torch.equal(postprocess(maps, []), maps)


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("sigma", [0.3, 1.2, 3])
def test_smoothing_is_that_of_scipy(volumes, axes, sigma):
    maps = volumes(axes, channels=2)
    found = postprocess(maps, [{"smooth": sigma}])
    for one, ours in zip(maps.flatten(0, 1).numpy(), found.flatten(0, 1).numpy(), strict=True):
        np.testing.assert_allclose(ours, gaussian_filter(one, sigma, mode="constant", truncate=4.0), atol=1e-12)


@pytest.mark.parametrize("percentile", [0.5, 50, 99, 100])
def test_values_beyond_a_percentile_are_cut_to_it_with_their_sign(volumes, percentile):
    maps = volumes(channels=2)
    found = postprocess(maps, [{"percentile": percentile}])
    for one, ours in zip(maps.numpy(), found.numpy(), strict=True):
        limit = np.percentile(np.abs(one), percentile)
        np.testing.assert_allclose(ours, np.clip(one, -limit, limit), atol=1e-12)


def test_steps_are_taken_in_the_order_given_and_each_map_alone(volumes):
    maps = volumes()
    steps = [{"smooth": 1.0}, "abs", {"percentile": 90}]
    found = postprocess(maps, steps)
    assert not torch.allclose(found, postprocess(maps, steps[::-1]))
    for one, alone in zip(found, maps, strict=True):
        torch.testing.assert_close(one, postprocess(alone[None], steps)[0], rtol=1e-12, atol=1e-12)


def test_a_map_of_zeros_stays_one_and_the_given_maps_stay_as_they_are(volumes):
    steps = ["relu", {"smooth": 2}, {"percentile": 95}]
    assert not postprocess(torch.zeros(1, 1, 4, 5, 6), steps).any()
    maps = volumes()
    postprocess(maps, steps)
    assert torch.equal(maps, volumes())


def test_maps_keep_their_type(volumes):
    for kind in (torch.float32, torch.float64):
        assert postprocess(volumes().to(kind), ["abs", {"smooth": 1.0}, {"percentile": 99}]).dtype == kind


@pytest.mark.parametrize(
    "steps",
    [["square"], [{"smooth": 0}], [{"smooth": True}], [{"percentile": 101}], [{"percentile": "99"}], ["smooth"], [1]]
    + [[{"smooth": 1, "percentile": 99}], "abs", {"smooth": 1}, [{"abs": 1}], [None], [["abs"]]],
)
def test_unknown_steps_are_refused_in_one_line(volumes, steps):
    with pytest.raises(SettingsError, match="step") as refusal:
        postprocess(volumes(), steps)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("maps", [torch.zeros(3, 4, 5), np.zeros((1, 1, 3, 4)), torch.zeros(1, 1, 3, 4).int()])
def test_what_is_no_batch_of_maps_is_refused(maps):
    with pytest.raises(InputError, match="maps are"):
        postprocess(maps, ["abs"])
