from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from voxplain.sanity.comparison import Scored, compared, nothing_compared, scored_maps
from voxplain.sanity.target import target
from voxplain.sanity.voxel_scores import MEASURES, voxel_scores

SHAPE = (14, 16, 12)
SUBJECTS = 12


@pytest.fixture
def region():
    inside = np.zeros(SHAPE, bool)
    inside[2:12, 2:14, 2:10] = True
    return inside


@pytest.fixture
def truth():
    effect = np.zeros(SHAPE)
    effect[3:6, 4:8, 4:8] = 1
    return np.clip(gaussian_filter(effect, 0.8), 0, 1)


def source(strength, effect, subjects=SUBJECTS, seed=0):
    noise = np.random.default_rng(seed).standard_normal((subjects, *SHAPE))
    names = [f"sub-{i:02d}" for i in range(subjects)]
    label = [i % 2 for i in range(subjects)]
    maps = (strength * effect + noise).astype(np.float32)
    return SimpleNamespace(scan=names, subject=names, label=label, predicted=label, maps=maps)


def table(maps, untrained, truth, region, network_free, *, resamples, measure="auc"):
    place = target(truth, region, (3, 3, 3), 3)
    scored = scored_maps(maps, untrained, place, network_free, resamples=resamples, seed=[1])
    return {row["map"]: row for row in compared(scored, place.chance) if row["measure"] == measure}


def test_a_map_of_the_effect_beats_every_reference(region, truth):
    network_free = {"edges": np.random.default_rng(1).random(SHAPE)}
    rows = table([source(8, truth)], [source(0, truth, 6, 1)], truth, region, network_free, resamples=60)
    assert list(rows) == ["method", "untrained", "random", "edges"]
    assert [row["kind"] for row in rows.values()] == ["method", "untrained", "reference", "reference"]
    assert rows["method"]["value"] > 0.85
    assert all(row["difference_low"] > 0 for row in rows.values())
    assert rows["method"]["difference_low"] == min(row["difference_low"] for row in rows.values())
    assert rows["method"]["closest"] in ("untrained", "random", "edges")
    assert (rows["method"]["subjects"], rows["untrained"]["subjects"]) == (12, 6)


def test_the_group_map_and_the_reference_are_scored_as_defined(region, truth):
    maps, reference = source(2, truth), np.random.default_rng(1).random(SHAPE)
    place = target(truth, region, (3, 3, 3), 3)
    expected = voxel_scores(np.abs(maps.maps.mean(axis=0))[region], place)
    against = voxel_scores(reference[region], place)
    for number, measure in enumerate(MEASURES):
        rows = table([maps], [maps], truth, region, {"edges": reference}, resamples=20, measure=measure)
        found = rows["edges"]
        assert rows["method"]["value"] == pytest.approx(expected[number], abs=1e-6)
        assert [found["value"], found["low"], found["high"]] == pytest.approx([against[number]] * 3)
        assert found["difference"] == pytest.approx(expected[number] - against[number], abs=1e-6)
        assert found["chance"] == pytest.approx(place.chance[measure])


def test_the_same_maps_twice_do_not_differ(region, truth):
    maps = source(1, truth)
    row = table([maps], [maps], truth, region, {}, resamples=20)["untrained"]
    assert (row["difference"], row["difference_low"], row["difference_high"]) == (0, 0, 0)


def test_noise_beats_nothing(region, truth):
    rows = table([source(0, truth)], [source(0, truth, 12, 1)], truth, region, {}, resamples=60)
    assert rows["method"]["difference_low"] < 0


def test_a_constant_map_is_undefined_throughout(region, truth):
    maps = source(0, truth)
    maps.maps = np.zeros_like(maps.maps)
    rows = table([maps], [maps], truth, region, {"edges": truth}, resamples=10)
    assert np.isnan(rows["method"]["value"])
    assert np.isnan(rows["method"]["difference"])
    assert np.isnan(rows["random"]["value"])
    assert rows["edges"]["value"] > 0.5
    assert np.isnan(rows["edges"]["difference"])


def test_nobody_correct_is_undefined_and_not_an_error(region, truth):
    maps = source(1, truth)
    maps.predicted = [1 - label for label in maps.label]
    rows = table([maps], [maps], truth, region, {}, resamples=10)
    assert rows["method"]["subjects"] == 0
    assert np.isnan(rows["method"]["value"])


def test_every_measure_sees_a_map_of_the_effect_above_the_maps_that_know_nothing(region, truth):
    given = (
        [source(12, truth)],
        [source(0, truth, 6, 1)],
        truth,
        region,
        {"edges": np.random.default_rng(1).random(SHAPE)},
    )
    for measure in MEASURES:
        rows = table(*given, resamples=30, measure=measure)
        assert rows["method"]["value"] > rows["random"]["value"]
        assert rows["method"]["difference"] == rows[rows["method"]["closest"]]["difference"]


def test_maps_in_spaces_of_their_own_have_every_row_and_no_number():
    rows = nothing_compared()
    assert [row["map"] for row in rows[:6]] == ["method", "untrained", "random", "mask", "mean_t1", "edges"]
    assert len(rows) == 6 * len(MEASURES)
    assert all(np.isnan(row["value"]) and np.isnan(row["difference"]) and not row["closest"] for row in rows)


def test_no_interval_reaches_where_a_measure_cannot_lie():
    values = np.full(len(MEASURES), 0.9)
    resampled = np.repeat([[0.1], [1.0], [0.4]], len(MEASURES), axis=1)
    scored = [Scored("method", "method", 3, values, resampled)]
    scored.append(Scored("edges", "reference", 3, 0 * values, 0 * resampled, values, resampled))
    rows = compared(scored, dict.fromkeys(MEASURES, 0.5))
    assert all(row["high"] <= 1 and row["low"] >= 0 and row["difference_high"] <= 1 for row in rows)
