import numpy as np
import pytest

from tests.library.relevance.made_regions import made_profiles
from voxplain.relevance.asymmetry import COLUMNS, asymmetry

REGIONS = ["Putamen_L", "Putamen_R", "Vermis", "Caudate_L", "Caudate_R"]


def test_the_index_is_left_minus_right_over_their_sum_of_densities():
    # putamen: densities 3 and 1: .5; then 1 and 3: -.5. caudate: 4 over 20 voxels and 1 over 10: .2 and .1: 1 / 3
    sizes = [[30, 10, 7, 4, 1], [10, 30, 7, 4, 1]]
    table = asymmetry(made_profiles(sizes, voxels=[10, 10, 10, 20, 10], region=REGIONS), ["a", "b"])
    assert list(table.columns) == COLUMNS
    assert table["region"].tolist() == ["Caudate", "Putamen"]
    assert np.allclose(table["asymmetry"], [1 / 3, 0])
    assert np.allclose(table[["left", "right"]], [[0.2, 0.1], [2, 2]])
    assert np.allclose(table[["asymmetry_low", "asymmetry_high"]], [[1 / 3, 1 / 3], [-0.5, 0.5]])


def test_a_pair_of_unequal_sizes_with_one_density_is_symmetric():
    table = asymmetry(made_profiles([[20, 10]], voxels=[20, 10], region=REGIONS[:2]), ["a"])
    assert table["asymmetry"].tolist() == [0]


def test_a_subject_with_nothing_on_either_side_is_left_out():
    table = asymmetry(made_profiles([[3, 1], [0, 0]], region=REGIONS[:2]), ["a", "b"])
    assert table["asymmetry"].tolist() == pytest.approx([0.5])


def test_one_sided_relevance_is_one_and_its_mirror_minus_one():
    for sizes, expected in (([[3, 0]], 1), ([[0, 3]], -1)):
        assert asymmetry(made_profiles(sizes, region=REGIONS[:2]), ["a"])["asymmetry"].tolist() == [expected]


def test_without_pairs_or_subjects_there_are_no_rows():
    assert asymmetry(made_profiles([[1, 2]]), ["a"]).empty
    assert asymmetry(made_profiles([[1, 2]], region=REGIONS[:2]), ["a"], [False]).empty


def test_a_side_without_a_voxel_leaves_the_index_undefined():
    table = asymmetry(made_profiles([[1, 0], [2, 0]], voxels=[10, 0], region=REGIONS[:2]), ["a", "b"])
    assert table[["asymmetry", "asymmetry_low", "asymmetry_high"]].isna().all(axis=None)


def test_under_symmetry_the_interval_holds_zero_about_nineteen_times_in_twenty():
    rng = np.random.default_rng(8)
    held = []
    for draw in range(200):
        table = asymmetry(made_profiles(rng.gamma(4, size=(40, 2)), region=REGIONS[:2]), range(40), seed=draw)
        held.append(table["asymmetry_low"][0] <= 0 <= table["asymmetry_high"][0])
    assert 0.90 <= np.mean(held) <= 0.985
