import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from voxplain.attribution.maps import read_maps, write_maps
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


def test_every_measure_equals_numpy_over_subjects_of_several_maps():
    rng = np.random.default_rng(3)
    rows = [(f"sub-{i % 5}_ses-{i}", f"sub-{i % 5}", i % 5 % 2, int(rng.integers(2)), 0) for i in range(12)]
    parts = [source(rows[:7]), source(rows[7:])]
    values = rng.normal(1, 2, (12, *SHAPE)).astype(np.float32)
    parts[0].maps, parts[1].maps = list(values[:7]), list(3 * values[7:])
    raw = np.concatenate([values[:7], 3 * values[7:]])
    mask = np.zeros(SHAPE, bool)
    mask[:, 1:, :3] = True
    norms = [np.sqrt((one[mask].astype(float) ** 2).mean()) for one in raw]
    scaled = np.stack([one / np.mean(norms[:7] if i < 7 else norms[7:]) for i, one in enumerate(raw)])
    found = group_averages(parts, ["all", "correct"], SHAPE, mask=mask, top=0.25, block_bytes=12 * 4 * 5)
    for group in ("all", "correct"):
        inside = [i for i, (_, _, label, predicted, _) in enumerate(rows) if group == "all" or label == predicted]
        own = sorted({rows[i][1] for i in inside})
        for scale, maps in (("raw", raw), ("scaled", scaled)):
            people = np.stack([np.mean([maps[i] for i in inside if rows[i][1] == one], axis=0) for one in own])
            for measure, expected in (
                ("mean", people.mean(0)), ("sd", people.std(0, ddof=1)), ("median", np.median(people, axis=0))
            ):  # fmt: skip
                assert np.allclose(found[group].of[scale, measure], expected, rtol=1e-4, atol=1e-6), (scale, measure)
        top = np.zeros((len(own), *SHAPE))
        for person, place in zip(people, top, strict=True):
            strongest = np.sort(np.abs(person[mask]))[-round(0.25 * mask.sum())]
            place[(np.abs(person) >= strongest * (1 - 1e-6)) & mask] = 1
        assert np.allclose(found[group].of["scaled", "top"], top.mean(0))


def test_a_split_whose_network_is_steeper_weighs_no_more_when_scaled():
    flat, steep = source([("sub-a", "sub-a", 0, 0, 1.0)]), source([("sub-b", "sub-b", 0, 0, 100.0)])
    average = group_averages([flat, steep], ["all"], SHAPE)["all"]
    assert np.allclose(average.mean, 50.5)
    assert np.allclose(average.of["scaled", "mean"], 1) and not average.of["scaled", "sd"].any()


def test_maps_of_zeros_have_no_top_and_are_not_scaled_away():
    average = group_averages([source([("sub-a", "sub-a", 0, 0, 0.0)])], ["all"], SHAPE)["all"]
    assert not any(image.any() for image in average.of.values())


def test_further_groups_hold_the_maps_that_they_say(three_subjects):
    found = group_averages(three_subjects, [], SHAPE, {"splitr1f2": np.array([False, False, True, True])})
    assert np.allclose(found["splitr1f2"].mean, (3 + 5) / 2)


def test_maps_on_disk_are_averaged_as_those_in_memory(tmp_path):
    rng = np.random.default_rng(2)
    maps, scans = rng.normal(size=(6, *SHAPE)).astype(np.float32), [f"sub-{i}" for i in range(6)]
    about = {"provenance": {"split": "r1f1", "seed": 1, "seen": [[0, 2], [1, 3], [0, 4]]}}
    write_maps(tmp_path / "maps.h5", scans, scans, [0, 1] * 3, [0, 0, 1] * 2, maps, np.eye(4), about)
    on_disk = read_maps(tmp_path / "maps.h5")
    found = group_averages([on_disk], ["all", "class1"], SHAPE, block_bytes=6 * 4 * 7)
    expected = group_averages([replace(on_disk, maps=list(maps))], ["all", "class1"], SHAPE)
    for group in found:
        for one, image in found[group].of.items():
            assert np.array_equal(image, expected[group].of[one]), (group, one)
    assert not found["all"].mean[:, 0].any()


class Endless:
    """Maps that are made when they are read."""

    def __getitem__(self, place):
        return np.full((16, 18, 15), place, np.float32)


def peak_bytes(number):
    names = [f"sub-{i}" for i in range(number)]
    source = SimpleNamespace(scan=names, subject=names, label=[1] * number, predicted=[1] * number, maps=Endless())
    tracemalloc.start()
    try:
        group_averages([source], ["all", "correct"], (16, 18, 15), block_bytes=2**19)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_scans():
    few, many = peak_bytes(20), peak_bytes(2000)
    all_maps = 2000 * 16 * 18 * 15 * 4
    assert many < all_maps / 6 and many - few < all_maps / 12
