import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from voxplain.relevance.averages import group_averages

SHAPE = (2, 3, 4)


def source(rows, shape=SHAPE):
    """What read_maps returns; a row is (scan, subject, label, predicted, value everywhere)."""
    scans, subjects, labels, predicted, values = zip(*rows, strict=True)
    maps = [np.full(shape, value, np.float32) for value in values]
    return SimpleNamespace(scan=list(scans), subject=list(subjects), label=labels, predicted=predicted, maps=maps)


@pytest.fixture
def three_subjects():
    return [
        source([("sub-a_ses-1", "sub-a", 1, 1, 1.0), ("sub-b", "sub-b", 0, 0, 8.0)]),
        source([("sub-a_ses-2", "sub-a", 1, 0, 3.0), ("sub-c", "sub-c", 0, 1, 5.0)]),
    ]


def test_a_subject_with_two_visits_counts_once(three_subjects):
    average = group_averages(three_subjects, ["all"], SHAPE)["all"]
    assert np.allclose(average.mean, (2 + 8 + 5) / 3)
    assert np.allclose(average.sd, np.std([2, 8, 5], ddof=1))
    assert (average.scans, average.subjects, average.note) == (4, 3, "")


def test_only_the_correct_maps_of_a_subject_enter_the_correct_group(three_subjects):
    averages = group_averages(three_subjects, ["correct", "class1correct"], SHAPE)
    assert np.allclose(averages["correct"].mean, (1 + 8) / 2)
    assert (averages["correct"].scans, averages["correct"].subjects) == (2, 2)
    assert np.allclose(averages["class1correct"].mean, 1)


def test_a_group_without_anybody_is_zero_and_says_so():
    average = group_averages([source([("sub-a", "sub-a", 0, 1, 4.0)])], ["class0correct"], SHAPE)["class0correct"]
    assert not average.mean.any()
    assert not average.sd.any()
    assert average.subjects == 0
    assert average.note == "group class0correct: no subject; the average is zero everywhere"


def test_a_group_of_one_has_a_mean_and_says_that_it_has_no_spread():
    average = group_averages([source([("sub-a", "sub-a", 0, 0, 4.0)])], ["all"], SHAPE)["all"]
    assert np.allclose(average.mean, 4)
    assert not average.sd.any()
    assert "one subject" in average.note


def test_a_map_that_is_not_finite_is_left_out_and_counted():
    rows = [("sub-a", "sub-a", 0, 0, 4.0), ("sub-b", "sub-b", 0, 0, np.nan), ("sub-c", "sub-c", 0, 0, 2.0)]
    average = group_averages([source(rows)], ["all"], SHAPE)["all"]
    assert np.allclose(average.mean, 3)
    assert (average.scans, average.subjects) == (2, 2)
    assert average.note == "maps that were not finite and left out: 1"


def test_averages_equal_numpy_on_random_maps():
    rng = np.random.default_rng(1)
    whole = source([(f"sub-{i}", f"sub-{i}", i % 2, 1, 0) for i in range(9)])
    whole.maps = rng.normal(100, 1, (9, *SHAPE)).astype(np.float32)
    average = group_averages([whole], ["class1"], SHAPE)["class1"]
    assert np.allclose(average.mean, whole.maps[1::2].mean(axis=0), rtol=1e-6)
    assert np.allclose(average.sd, whole.maps[1::2].std(axis=0, ddof=1), rtol=1e-4)


def seeing(made, seen):
    made.about = {"provenance": {"seen": seen} if seen else {}}
    return made


def test_voxels_that_no_network_sees_are_left_out_whatever_a_method_left_there():
    rows = [("sub-a", "sub-a", 0, 0, 4.0)], [("sub-b", "sub-b", 0, 0, 2.0)]
    boxes = [[0, 2], [0, 3], [0, 1]], [[0, 1], [0, 3], [0, 2]]
    average = group_averages([seeing(source(one), box) for one, box in zip(rows, boxes, strict=True)], ["all"], SHAPE)[
        "all"
    ]
    expected = np.zeros(SHAPE)
    expected[:, :, 0] = expected[:1, :, :2] = 3
    assert np.array_equal(average.mean, expected)
    assert not average.sd[expected == 0].any()


def test_without_word_of_what_is_seen_every_voxel_counts():
    rows = [("sub-a", "sub-a", 0, 0, 4.0)], [("sub-b", "sub-b", 0, 0, 2.0)]
    sources = [seeing(source(rows[0]), [[0, 1]] * 3), seeing(source(rows[1]), None)]
    assert (group_averages(sources, ["all"], SHAPE)["all"].mean == 3).all()


class Endless:
    """Maps that are made when they are read."""

    def __getitem__(self, place):
        return np.full((20, 24, 22), place, np.float32)


def peak_bytes(number):
    names = [f"sub-{i}" for i in range(number)]
    source = SimpleNamespace(scan=names, subject=names, label=[1] * number, predicted=[1] * number, maps=Endless())
    tracemalloc.start()
    try:
        group_averages([source], ["all", "correct"], (20, 24, 22))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_scans():
    few, many = peak_bytes(20), peak_bytes(2000)
    one_map = 20 * 24 * 22 * 8
    assert many - few < 10 * one_map
