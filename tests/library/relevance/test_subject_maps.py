import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from tests.library.relevance.made_maps import SHAPE, source
from voxplain.attribution.maps import read_maps, write_maps
from voxplain.errors import InputError
from voxplain.relevance.subject_maps import subject_maps

MASK = np.ones(SHAPE, bool)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "maps.npy"


def test_a_subject_has_one_map_the_mean_of_its_visits_and_repeats(path):
    sources = [
        source([("sub-b_ses-1", "sub-b", 1, 1, 2.0), ("sub-a", "sub-a", 0, 0, 1.0)], "r1f1"),
        source([("sub-b_ses-2", "sub-b", 1, 1, 4.0)], "r1f1", seed=2),
        source([("sub-b_ses-1", "sub-b", 1, 0, 9.0)], "r2f3"),
    ]
    found = subject_maps(sources, MASK, path, scaled=False)
    assert found.subjects == ["sub-a", "sub-b"] and found.scans == [["sub-a"], ["sub-b_ses-1", "sub-b_ses-2"]]
    assert np.allclose(found.values, [[1], [5]]) and found.values.shape == (2, MASK.sum())
    assert found.splits == ["r1f1", "r2f3"] and np.allclose(found.shares, [[1, 0], [2 / 3, 1 / 3]])
    assert found.strata == ["r1f1", "r1f1"] and found.seeds == [1, 2] and not found.signed


def test_maps_are_divided_by_the_mean_norm_of_their_network(path):
    first = source([("a", "a", 0, 0, 2.0), ("b", "b", 0, 0, -6.0)], "r1f1")
    second = source([("c", "c", 0, 0, 50.0)], "r1f2")
    found = subject_maps([first, second], MASK, path)
    assert np.allclose(found.values[:, 0], [0.5, -1.5, 1]) and found.signed


def test_one_seed_can_be_asked_for(path):
    sources = [source([("a", "a", 0, 0, float(seed))], seed=seed) for seed in (1, 2)]
    assert np.allclose(subject_maps(sources, MASK, path, scaled=False, seed=2).values, 2)


def test_voxels_are_those_of_the_mask_that_every_network_sees_and_come_back_to_their_places(path):
    mask = np.random.default_rng(0).uniform(size=SHAPE) > 0.5
    whole = np.random.default_rng(1).normal(size=SHAPE)
    boxes = [[0, 6], [0, 8], [0, 5]], [[1, 6], [0, 8], [0, 7]]
    sources = [source([(name, name, 0, 0, whole)], name, seen=box) for name, box in zip("ab", boxes, strict=True)]
    found = subject_maps(sources, mask, path, scaled=False)
    expected = mask.copy()
    expected[0] = expected[:, :, 5:] = False
    assert np.array_equal(found.mask, expected)
    assert np.allclose(found.volume(found.values[0]), np.where(expected, whole, 0))


def test_a_map_that_is_not_finite_is_left_out_and_counted(path):
    found = subject_maps([source([("a", "a", 0, 0, np.nan), ("b", "b", 0, 0, 1.0)])], MASK, path)
    assert found.subjects == ["b"] and found.undefined == 1


def test_maps_from_their_files_are_the_same(path, tmp_path):
    maps = np.random.default_rng(2).normal(size=(3, *SHAPE)).astype(np.float32)
    card = {"provenance": {"split": "r1f1", "seed": 1}}
    names = ["a", "b", "c"]
    write_maps(tmp_path / "maps.h5", names, names, [0, 1, 1], [0, 1, 1], maps, np.eye(4), card, targets=[1, 1, 1])
    found = subject_maps([read_maps(tmp_path / "maps.h5")], MASK, path, scaled=False)
    assert np.array_equal(found.values, maps.reshape(3, -1))


@pytest.mark.parametrize(
    ("sources", "mask", "told"),
    [
        ([], MASK, "no map of any scan; explain the splits first"),
        ([source([("a", "a", 0, 0, 1.0)])], MASK & False, "mask: no voxel inside that the networks see"),
        ([source([("a", "a", 0, 0, 1.0)])], MASK[1:], r"a: map of shape \(6, 8, 7\) but a mask of \(5, 8, 7\)"),
        (
            [source([("a", "a", 0, 0, 1.0)], target=target) for target in (0, 1)],
            MASK,
            "maps about the classes 0, 1: subjects can be compared about one only; set target: 1",
        ),
    ],
)
def test_maps_that_cannot_be_compared_are_refused_in_one_line(sources, mask, told, path):
    with pytest.raises(InputError, match=told) as caught:
        subject_maps(sources, mask, path)
    assert "\n" not in str(caught.value)


class Endless:
    """Maps that are made when they are read."""

    shape = (2000, 20, 24, 22)

    def __getitem__(self, place):
        return np.full(self.shape[1:], place, np.float32)


def peak_bytes(number, path):
    names = [f"sub-{place:04}" for place in range(number)]
    about = {"provenance": {"split": "r1f1", "seed": 1}}
    columns = {"label": np.zeros(number, int), "predicted": np.zeros(number, int), "target": np.ones(number, int)}
    one = SimpleNamespace(scan=names, subject=names, **columns, maps=Endless(), about=about, affine=np.eye(4))
    tracemalloc.start()
    try:
        subject_maps([one], np.ones(Endless.shape[1:], bool), path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_scans(path):
    assert peak_bytes(1000, path) - peak_bytes(20, path) < 40 * 20 * 24 * 22 * 4
