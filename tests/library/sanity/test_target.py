import numpy as np
import pytest

from voxplain.sanity.target import held, target

SHAPE = (12, 9, 10)


@pytest.fixture
def truth():
    effect = np.zeros(SHAPE)
    effect[5, 4, 5] = 1
    effect[5, 4, 6] = 0.49
    return effect


def hits(truth, spacing, tolerance, region=None):
    region = np.ones(SHAPE, bool) if region is None else region
    near = np.zeros(SHAPE, bool)
    near[region] = target(truth, region, spacing, tolerance).near
    return near


def test_a_voxel_hits_within_the_tolerance_in_millimetres_of_where_the_effect_is_strong(truth):
    points = np.stack(np.indices(SHAPE), -1) * (3, 2, 1)
    away = np.sqrt(((points - np.array([5, 4, 5]) * (3, 2, 1)) ** 2).sum(-1))
    for tolerance in (0, 3, 5.5):
        assert np.array_equal(hits(truth, (3, 2, 1), tolerance), away <= tolerance)


def test_strong_is_half_of_the_strongest_of_the_region(truth):
    region = np.ones(SHAPE, bool)
    region[5, 4, 5] = False
    near = hits(truth, (3, 3, 3), 0, region)
    assert near.sum() == 1 and near[5, 4, 6]


def test_what_lies_out_of_the_region_is_neither_truth_nor_hit(truth):
    region = np.zeros(SHAPE, bool)
    region[:4] = True
    place = target(truth, region, (3, 3, 3), 30)
    assert place.empty and not place.near.any() and len(place.truth) == region.sum()
    assert np.isnan(list(place.chance.values())).all()


def test_a_truth_beyond_its_range_is_cut():
    place = target(np.array([[[-1.0, 0.5, 3.0]]]), np.ones((1, 1, 3)), (1, 1, 1), 0)
    assert place.truth.tolist() == [0, 0.5, 1]


def test_a_part_of_a_bin_counts_in_proportion():
    assert held(np.array([2.0, 1.0]), np.array([2, 4]), 3) == pytest.approx(2 + 1 / 4)
