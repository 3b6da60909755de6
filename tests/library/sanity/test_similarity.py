import numpy as np
import pytest
from scipy.stats import spearmanr

from voxplain.sanity.similarity import MapsInMask, similarity

SHAPE = (9, 11, 10)


@pytest.fixture
def mask():
    inside = np.zeros(SHAPE, np.uint8)
    inside[2:8, 1:9, 3:9] = 1
    return inside


@pytest.fixture
def pair():
    return np.random.default_rng(4).standard_normal((2, *SHAPE)).astype(np.float32)


def test_a_map_is_fully_alike_itself(pair, mask):
    assert similarity(pair[0], pair[0], mask) == pytest.approx({"spearman": 1, "spearman_abs": 1, "ssim": 1})


def test_a_map_with_its_sign_turned_differs_in_sign_only(pair, mask):
    measured = similarity(pair[0], -pair[0], mask)
    assert measured["spearman"] == pytest.approx(-1)
    assert measured["spearman_abs"] == pytest.approx(1)
    assert measured["ssim"] < 0


def test_spearman_agrees_with_scipy_when_there_are_ties(mask):
    one, other = np.random.default_rng(5).integers(0, 4, (2, *SHAPE)).astype(float)
    expected = spearmanr(one[mask > 0], other[mask > 0]).statistic
    assert similarity(one, other, mask)["spearman"] == pytest.approx(expected, abs=1e-12)


def test_spearman_of_five_voxels_worked_by_hand():
    # ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * (1 + 1 + 1 + 1 + 0) / (5 * 24) = .8
    one = np.array([1.0, 2, 3, 4, 50]).reshape(5, 1, 1)
    other = np.array([20.0, 10, 40, 30, 60]).reshape(5, 1, 1)
    assert similarity(one, other, np.ones((5, 1, 1)))["spearman"] == pytest.approx(0.8)


def test_what_lies_outside_the_mask_does_not_count(pair, mask):
    changed = np.where(mask > 0, pair[1], 1e6)
    assert similarity(pair[0], pair[1], mask) == similarity(pair[0], changed, mask)


def test_scale_does_not_count(pair, mask):
    assert similarity(pair[0], pair[1], mask) == pytest.approx(similarity(pair[0], 1e-7 * pair[1], mask))


def test_ssim_agrees_with_a_loop_over_windows(pair, mask):
    inside = mask > 0
    one, other = (np.clip(m / np.percentile(np.abs(m[inside]), 99), -1, 1).astype(float) + 1 for m in pair)
    values = []
    for x, y, z in np.argwhere(inside):
        cube = tuple(slice(max(at - 1, 0), at + 2) for at in (x, y, z))
        a, b = one[cube][inside[cube]], other[cube][inside[cube]]
        covariance = np.mean(a * b) - a.mean() * b.mean()
        top = (2 * a.mean() * b.mean() + 0.0004) * (2 * covariance + 0.0036)
        values.append(top / ((a.mean() ** 2 + b.mean() ** 2 + 0.0004) * (a.var() + b.var() + 0.0036)))
    maps = MapsInMask(mask, window=3)
    assert maps.ssim(*map(maps.structure, pair)) == pytest.approx(np.mean(values), abs=1e-5)


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_constant_or_undefined_map_has_no_similarity(pair, mask, value):
    measured = similarity(pair[0], np.full(SHAPE, value), mask)
    assert all(np.isnan(figure) for figure in measured.values())


def test_two_constant_maps_are_not_called_alike(mask):
    assert np.isnan(list(similarity(np.zeros(SHAPE), np.zeros(SHAPE), mask).values())).all()


def test_an_empty_mask_gives_no_similarity(pair):
    assert np.isnan(list(similarity(*pair, np.zeros(SHAPE)).values())).all()


def test_a_map_with_few_voxels_off_zero_is_compared(pair, mask):
    sparse = np.zeros(SHAPE)
    sparse[3, 3, 5] = -2
    assert np.isfinite(list(similarity(sparse, pair[1], mask).values())).all()


def test_a_map_of_two_opposite_values_has_no_absolute_ranks(pair, mask):
    signs = np.sign(pair[0])
    measured = similarity(signs, pair[1], mask)
    assert np.isnan(measured["spearman_abs"])
    assert np.isfinite(measured["spearman"])
