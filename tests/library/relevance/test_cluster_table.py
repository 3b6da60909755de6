from types import SimpleNamespace

import numpy as np
import pytest

from tests.library.relevance.made_maps import made_table, source
from voxplain.relevance.atlas import Atlas
from voxplain.relevance.cluster_table import COLUMNS, cluster_table
from voxplain.relevance.permutation import Contrast
from voxplain.relevance.seeds import t_of_seeds

SHAPE = (12, 10, 9)
AFFINE = np.array([[-2.0, 0, 0, 20], [0, 2, 0, -10], [0, 0, 2, 4], [0, 0, 0, 1]])


def contrast(t, p, test="cluster_size", threshold=3.0):
    zeros = np.zeros(SHAPE, np.float32)
    return Contrast("label: 1 above 0", test, threshold, zeros == 0, zeros, t, p, p, p, p, 20, 999, [])


@pytest.fixture
def two_clusters():
    """One of 4 voxels (p .01), one negative of 20 with two peaks (p .002), one of 1 that is nothing (p .6)."""
    t, p = np.zeros(SHAPE, np.float32), np.ones(SHAPE, np.float32)
    t[1, 1:5, 1], p[1, 1:5, 1] = [3.5, 4.0, 3.6, 3.2], 0.01
    t[6:11, 5:9, 4], p[6:11, 5:9, 4] = -3.5, 0.002
    t[6, 5, 4], t[10, 8, 4] = -6, -5
    t[11, 1, 8], p[11, 1, 8] = 9, 0.6
    return t, p


def test_clusters_are_told_rarest_first_with_their_peaks_in_mm(two_clusters):
    table = cluster_table(contrast(*two_clusters), AFFINE)
    assert list(table) == COLUMNS
    assert table["cluster"].tolist() == [1, 1, 2] and table["peak"].tolist() == [1, 2, 1]
    assert table["sign"].tolist() == ["negative", "negative", "positive"]
    assert table["voxels"].tolist() == [20, 20, 4] and np.allclose(table["ml"], [0.16, 0.16, 0.032])
    assert np.allclose(table["mass"], [18 * 0.5 + 3 + 2] * 2 + [0.5 + 1 + 0.6 + 0.2], atol=1e-5)
    assert table["t"].tolist() == [-6, -5, 4]
    assert table[["x", "y", "z"]].to_numpy().tolist() == [[8, 0, 12], [0, 6, 12], [18, -6, 6]]
    assert np.allclose(table["p"], [0.002, 0.002, 0.01])


def test_peaks_and_clusters_get_the_names_of_an_atlas(two_clusters):
    labels = np.ones(SHAPE, int)
    labels[:, 7:] = 2
    labels[1] = 0
    atlas = Atlas(labels, AFFINE, {1: "Hippocampus_L", 2: "Amygdala_L"})
    table = cluster_table(contrast(*two_clusters), AFFINE, atlas)
    assert table["region"].tolist() == ["Hippocampus_L", "Amygdala_L", "near Hippocampus_L"]
    assert table["regions"].tolist() == ["Hippocampus_L 50%; Amygdala_L 50%"] * 2 + [""]


def test_tests_of_every_voxel_cut_clusters_where_voxels_pass(two_clusters):
    t, p = two_clusters
    p[1, 3:5, 1] = 0.2
    table = cluster_table(contrast(t, p, "tfce"), AFFINE)
    assert table[table["sign"] == "positive"]["voxels"].tolist() == [2]


def test_nothing_found_is_a_table_without_rows(two_clusters):
    table = cluster_table(contrast(*two_clusters), AFFINE, alpha=0.001)
    assert list(table) == COLUMNS and table.empty


def test_it_is_told_in_how_many_trainings_a_cluster_is_there(two_clusters):
    t, p = two_clusters
    other = np.where(t > 0, t, 0)
    table = cluster_table(contrast(t, p), AFFINE, of_seeds=[t, other, -t])
    assert table["seeds"].tolist() == ["1 of 3", "1 of 3", "2 of 3"]


def test_every_training_has_a_t_map_of_its_own(tmp_path):
    generator, shape, sources = np.random.default_rng(0), (4, 5, 3), []
    names = [f"sub-{place}" for place in range(12)]
    for seed in (1, 2):
        rows = [
            (one, one, place % 2, 1, generator.normal(size=shape) + 9 * (place % 2) * (seed == 2))
            for place, one in enumerate(names)
        ]
        sources.append(source(rows, seed=seed, shape=shape))
    table = made_table(SimpleNamespace(subjects=names, splits=["r1f1"]))
    found = t_of_seeds(sources, np.ones(shape), tmp_path / "maps.npy", table, "label")
    assert list(found) == [1, 2] and np.abs(found[1]).mean() < 2 and found[2].mean() > 5
    assert t_of_seeds(sources[:1], np.ones(shape), tmp_path / "maps.npy", table, "label") == {}
