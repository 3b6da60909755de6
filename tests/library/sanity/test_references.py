import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from voxplain.sanity.references import edges, matched_random_maps, mean_mask, mean_volume

SHAPE = (48, 40, 36)


@pytest.fixture
def mask():
    axes = np.meshgrid(*(np.linspace(-1, 1, size) for size in SHAPE), indexing="ij")
    return sum(axis**2 for axis in axes) < 0.7


@pytest.fixture
def smooth_map():
    return gaussian_filter(np.random.default_rng(3).standard_normal(SHAPE), 2) + 5


def correlation_at(lag, volume, mask):
    both = mask[lag:] & mask[:-lag]
    return np.corrcoef(volume[lag:][both], volume[:-lag][both])[0, 1]


def test_the_mean_mask_is_the_share_of_scans():
    masks = [np.full((2, 3, 4), value, np.uint8) for value in (0, 1, 1, 1)]
    assert np.allclose(mean_mask(masks), 0.75)
    assert np.allclose(mean_volume(iter([np.ones((2, 3, 4)), np.full((2, 3, 4), 4.0)])), 2.5)


def test_the_edges_of_a_ramp_are_its_slope():
    ramp = 3.0 * np.arange(5)[:, None, None] + 4.0 * np.arange(6)[None, :, None] + np.zeros(4)
    assert np.allclose(edges(ramp), 5)


def test_random_maps_are_as_smooth_as_the_map_and_know_nothing_of_it(smooth_map, mask):
    drawn = np.stack(list(matched_random_maps(smooth_map, mask, 20, [1])))
    assert drawn.shape == (20, *SHAPE)
    for lag in (1, 2, 3):
        expected = correlation_at(lag, smooth_map, mask)
        assert np.mean([correlation_at(lag, one, mask) for one in drawn]) == pytest.approx(expected, abs=0.1)
    correlations = [np.corrcoef(one[mask], smooth_map[mask])[0, 1] for one in drawn]
    assert abs(np.mean(correlations)) < 0.15


def test_random_maps_of_noise_are_noise(mask):
    noise = np.random.default_rng(9).standard_normal(SHAPE)
    drawn = next(matched_random_maps(noise, mask, 1, [1]))
    assert abs(correlation_at(1, drawn, mask)) < 0.1
    assert drawn[mask].std() == pytest.approx(noise[mask].std(), rel=0.15)


def test_random_maps_of_a_map_smooth_along_one_axis_are_smooth_along_that_axis(mask):
    stripes = gaussian_filter(np.random.default_rng(9).standard_normal(SHAPE), (3, 0, 0))
    drawn = next(matched_random_maps(stripes, mask, 1, [1]))
    assert correlation_at(1, drawn, mask) > 0.8
    assert abs(correlation_at(1, drawn.swapaxes(0, 1), mask.swapaxes(0, 1))) < 0.15


def test_random_maps_repeat_with_their_seed_and_differ_between_draws(smooth_map, mask):
    first, second = matched_random_maps(smooth_map, mask, 2, [4])
    again, _ = matched_random_maps(smooth_map, mask, 2, [4])
    assert np.array_equal(first, again)
    assert abs(np.corrcoef(first[mask], second[mask])[0, 1]) < 0.5


def test_a_constant_map_has_no_matched_random_map_but_zero(mask):
    assert not next(matched_random_maps(np.full(SHAPE, 2.0), mask, 1, [1])).any()


def test_references_are_made_without_a_network():
    code = "import sys, voxplain.sanity.references; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
