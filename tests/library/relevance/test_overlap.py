import numpy as np
import pytest

from voxplain.relevance.overlap import dice, iou, top_voxels


def sets(*places):
    return [np.isin(np.arange(10), list(own)) for own in places]


def test_the_strongest_voxels_are_chosen_by_magnitude():
    values = np.array([0.1, -9, 3, 0.2, 0, 0, 0, 0, 8, 1])
    assert np.flatnonzero(top_voxels(values, 0.2)).tolist() == [1, 8]
    assert np.flatnonzero(top_voxels(values, 0.3)).tolist() == [1, 2, 8]


def test_equally_strong_voxels_are_all_in_or_all_out_and_zeros_never_in():
    assert np.flatnonzero(top_voxels(np.array([5, 2, 2, 2, 0, 0, 0, 0, 0, 0]), 0.2)).tolist() == [0, 1, 2, 3]
    assert np.flatnonzero(top_voxels(np.array([5, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 0.4)).tolist() == [0]


@pytest.mark.parametrize("values", [np.zeros(10), np.full(10, np.nan), np.zeros(0)])
def test_a_map_of_nothing_has_no_strongest_voxels(values):
    assert not top_voxels(values).any()


def test_dice_and_iou_worked_by_hand():
    # 2 shared of 3 and 4: dice 4 / 7, iou 2 / 5; ten voxels, of which five are in neither, which do not count
    one, other = sets((0, 1, 2), (1, 2, 3, 4))
    assert dice(one, other) == pytest.approx(4 / 7)
    assert iou(one, other) == pytest.approx(2 / 5)


def test_the_same_set_is_one_disjoint_ones_zero_and_an_empty_one_undefined():
    one, other, empty = sets((0, 1), (5, 6), ())
    assert (dice(one, one), iou(one, one)) == (1, 1)
    assert (dice(one, other), iou(one, other)) == (0, 0)
    assert np.isnan([dice(one, empty), iou(empty, empty)]).all()
