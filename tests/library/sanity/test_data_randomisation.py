from types import SimpleNamespace

import numpy as np
import pytest
import torch

from voxplain.sanity.data_randomisation import localised_twins, twin_rows
from voxplain.sanity.described_maps import DescribedMaps
from voxplain.sanity.similarity import similarity
from voxplain.sanity.target import target

SHAPE = (5, 7, 6)
ARMS = ["true", "permuted1", "permuted2", "permuted3"]


@pytest.fixture
def maps():
    return {arm: np.random.default_rng([1, place]).standard_normal((2, *SHAPE)) for place, arm in enumerate(ARMS)}


@pytest.fixture
def volumes():
    masks = torch.from_numpy(np.random.default_rng(2).random((2, *SHAPE)) > 0.2)
    return type("Held", (list,), {"scans": ["sub-a", "sub-b"], "mask": lambda self, place: masks[place]})([0, 1])


def test_permuted_twins_stand_beside_the_true_one_and_beside_each_other(maps, volumes):
    seen = np.ones(SHAPE, bool)
    seen[-1] = False
    compare = DescribedMaps(volumes, seen)
    rows = twin_rows({arm: compare.of_images(one) for arm, one in maps.items()}, compare)
    assert [row["arm"] for row in rows if row["kind"] == "permuted"] == [a for a in ARMS[1:] for _ in range(2)]
    pairs = ["permuted1-permuted2", "permuted1-permuted3", "permuted2-permuted3"]
    assert [row["arm"] for row in rows if row["kind"] == "unrelated"][::2] == pairs
    found = {(row["scan"], row["arm"]): row for row in rows}
    for arm, one, other in (("permuted2", "true", "permuted2"), (pairs[2], "permuted2", "permuted3")):
        expected = similarity(maps[one][1], maps[other][1], volumes.mask(1).numpy() * seen)
        row = found["sub-b", arm]
        assert {name: row[name] for name in expected} == pytest.approx(expected)


def test_a_constant_map_of_a_twin_is_undefined(maps, volumes):
    compare = DescribedMaps(volumes, np.ones(SHAPE, bool))
    maps["permuted1"] = np.zeros((2, *SHAPE))
    rows = twin_rows({arm: compare.of_images(one) for arm, one in maps.items()}, compare)
    assert all(np.isnan(row["spearman"]) == ("permuted1" in row["arm"]) for row in rows)


def sources(strength, seed, truth):
    """Maps of ten subjects, the last told wrongly, with an effect of so much ``strength`` in noise."""
    drawn = np.random.default_rng(seed).standard_normal((10, *truth.shape)) + strength * truth
    drawn[-1] = 1e6 * (1 - truth)
    label, predicted = np.zeros(10, int), np.eye(10, dtype=int)[-1]
    names = [f"sub-{number}" for number in range(10)]
    return [SimpleNamespace(subject=names, label=label, predicted=predicted, maps=drawn)]


def test_a_twin_that_finds_the_effect_exceeds_those_that_do_not():
    truth = np.zeros(SHAPE)
    truth[1:3, 2:4, 1:4] = 1
    place = target(truth, np.ones(SHAPE), (3, 3, 3), 6)
    given = {"true": sources(0.7, 1, truth), "permuted1": sources(0, 2, truth), "permuted2": sources(0.7, 3, truth)}
    rows = {row["arm"]: row for row in localised_twins(given, place, "region", resamples=40, seed=[1])}
    assert {row["subjects"] for row in rows.values()} == {9}, "a scan told wrongly does not count"
    assert 0.85 < rows["true"]["auc"] < 1
    assert rows["permuted1"]["difference_low"] > 0
    assert rows["permuted2"]["difference_low"] < 0 < rows["permuted2"]["difference_high"]
    assert np.isnan(rows["true"]["difference"])
    for row in rows.values():
        assert row["low"] <= row["auc"] <= row["high"]
    assert rows["permuted1"]["difference"] == pytest.approx(rows["true"]["auc"] - rows["permuted1"]["auc"])
