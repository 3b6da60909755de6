import numpy as np
import pytest

from voxplain.sanity.faithfulness.ordering import block_labels, region_path, strengths, voxel_path

SHAPE = (3, 4, 2)


@pytest.fixture
def values():
    return np.random.default_rng(2).standard_normal(SHAPE)


@pytest.fixture
def region():
    inside = np.ones(SHAPE, bool)
    inside[0, 0, 0] = inside[2, 3, 1] = False
    return inside


def test_voxels_come_from_the_strongest_to_the_weakest(values, region):
    path = voxel_path(strengths(values, "absolute"), region, [0.25, 0.5], 1)
    flat = np.flatnonzero(region.ravel())
    expected = sorted(flat, key=lambda voxel: -abs(values.ravel()[voxel]))
    assert [int(path.places.ravel()[voxel]) for voxel in expected] == list(range(22))
    assert (path.places[~region] == 22).all()
    assert path.stops == (6, 11) and path.count == 22
    assert path.shares == pytest.approx([6 / 22, 0.5])


def test_a_signed_order_begins_with_what_speaks_for_the_answer_and_turns_round_with_it(values, region):
    for sign in (1, -1):
        path = voxel_path(strengths(values, "signed", sign), region, [0.5], 1)
        first = path.places == 0
        assert (sign * values[first])[0] == (sign * values[region]).max()


def test_equal_voxels_come_in_an_order_of_their_own_and_not_by_where_they_lie():
    values = np.zeros((10, 12, 8))
    values[5, 6, 4] = 1
    inside = np.ones(values.shape, bool)
    places = voxel_path(values, inside, [0.5], 1).places
    assert places[5, 6, 4] == 0
    ranks = places.ravel()
    assert abs(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]) < 0.1
    assert (voxel_path(values, inside, [0.5], 1).places == places).all()
    assert not (voxel_path(values, inside, [0.5], 2).places == places).all()


@pytest.mark.parametrize("value", [0.0, 3.0, np.nan])
def test_a_map_that_is_constant_or_not_finite_has_no_order(value, region):
    assert voxel_path(np.full(SHAPE, value), region, [0.5], 1) is None
    assert region_path(np.full(SHAPE, value), block_labels(SHAPE, (1, 2, 2)), region, [0.5], 1) is None


def test_regions_come_whole_from_the_highest_mean_to_the_lowest():
    labels = np.array([[[1, 1, 2, 2, 0, 3]]])
    values = np.array([[[1.0, 3, 9, 0, 2.5, 1]]])  # means 2, 4.5, 2.5 and 1
    path = region_path(values, labels, np.ones((1, 1, 6), bool), [0.2, 0.5, 0.9], 1)
    assert path.places.tolist() == [[[3, 3, 0, 0, 2, 5]]]
    assert path.stops == (2, 3, 5)


def test_the_stops_of_regions_lie_on_borders_between_them():
    labels = block_labels((6, 8, 4), (3, 4, 2))
    values = np.random.default_rng(1).random((6, 8, 4))
    path = region_path(values, labels, np.ones(labels.shape, bool), [0.1, 0.2, 0.5, 0.99], 1)
    assert all(stop % 24 == 0 for stop in path.stops)
    assert path.stops[0] == 24 and path.stops[-1] == 168
    for stop in path.stops:
        taken = path.places < stop
        assert taken.sum() == stop and len(set(labels[taken]) & set(labels[~taken])) == 0


def test_blocks_fill_the_grid_and_are_no_larger_than_asked_for():
    labels = block_labels((5, 7, 4), (2.0, 3.4, 9))
    assert labels.min() == 1 and labels.max() == 3 * 3 * 1
    for number in range(1, 10):
        sides = [np.ptp(axis) + 1 for axis in np.nonzero(labels == number)]
        assert sides[0] <= 2 and sides[1] <= 3 and sides[2] == 4
