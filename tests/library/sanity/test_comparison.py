from types import SimpleNamespace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from voxplain.sanity.comparison import compared
from voxplain.sanity.localisation import weighted_auc

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


def table(rows):
    return {row["map"]: row for row in rows}


def test_a_map_of_the_effect_beats_every_reference(region, truth):
    network_free = {"edges": np.random.default_rng(1).random(SHAPE)}
    rows = table(
        compared([source(8, truth)], [source(0, truth, 6, 1)], truth, region, network_free, resamples=60, seed=[1])
    )
    assert list(rows) == ["method", "untrained", "random", "edges"]
    assert [row["kind"] for row in rows.values()] == ["method", "untrained", "reference", "reference"]
    assert rows["method"]["auc"] > 0.85
    assert all(row["difference_low"] > 0 for row in rows.values())
    assert rows["method"]["difference_low"] == min(row["difference_low"] for row in rows.values())
    assert rows["method"]["closest"] in ("untrained", "random", "edges")
    assert (rows["method"]["subjects"], rows["untrained"]["subjects"]) == (12, 6)


def test_the_group_map_and_the_reference_are_scored_as_defined(region, truth):
    maps, reference = source(2, truth), np.random.default_rng(1).random(SHAPE)
    rows = table(compared([maps], [maps], truth, region, {"edges": reference}, resamples=20, seed=[1]))
    expected = weighted_auc(np.abs(maps.maps.mean(axis=0))[region], truth[region])
    against = weighted_auc(reference[region], truth[region])
    assert rows["method"]["auc"] == pytest.approx(expected, abs=1e-6)
    assert rows["edges"]["auc"] == rows["edges"]["low"] == rows["edges"]["high"] == pytest.approx(against)
    assert rows["edges"]["difference"] == pytest.approx(expected - against, abs=1e-6)


def test_the_same_maps_twice_do_not_differ(region, truth):
    maps = source(1, truth)
    row = table(compared([maps], [maps], truth, region, {}, resamples=20, seed=[1]))["untrained"]
    assert (row["difference"], row["difference_low"], row["difference_high"]) == (0, 0, 0)


def test_noise_beats_nothing(region, truth):
    rows = table(compared([source(0, truth)], [source(0, truth, 12, 1)], truth, region, {}, resamples=60, seed=[1]))
    assert rows["method"]["difference_low"] < 0


def test_a_constant_map_is_undefined_throughout(region, truth):
    maps = source(0, truth)
    maps.maps = np.zeros_like(maps.maps)
    rows = table(compared([maps], [maps], truth, region, {"edges": truth}, resamples=10, seed=[1]))
    assert np.isnan(rows["method"]["auc"])
    assert np.isnan(rows["method"]["difference"])
    assert np.isnan(rows["random"]["auc"])
    assert rows["edges"]["auc"] > 0.5
    assert np.isnan(rows["edges"]["difference"])


def test_nobody_correct_is_undefined_and_not_an_error(region, truth):
    maps = source(1, truth)
    maps.predicted = [1 - label for label in maps.label]
    rows = table(compared([maps], [maps], truth, region, {}, resamples=10, seed=[1]))
    assert rows["method"]["subjects"] == 0
    assert np.isnan(rows["method"]["auc"])
