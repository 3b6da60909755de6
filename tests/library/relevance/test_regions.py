import tracemalloc

import numpy as np
import pytest
from nibabel import Nifti1Image
from nilearn.maskers import NiftiLabelsMasker

from tests.library.relevance.made_regions import SHAPE, made_atlas, made_profiles
from voxplain.errors import InputError
from voxplain.relevance.atlas import Atlas
from voxplain.relevance.regions import RegionSums, ranks, region_profiles, subject_profiles, subject_regions


def made_map(left=1.0, right=2.0, vermis=-3.0, elsewhere=100.0):
    labels = made_atlas().labels
    return np.select([labels == 2, labels == 5, labels == 7], [left, right, vermis], elsewhere).astype(np.float32)


def test_shares_density_and_enrichment_worked_by_hand():
    # sizes 4 * 1, 2 * 2, 6 * 3 = 4, 4, 18, together 26, in 12 voxels; what is in no region does not count
    profiles = region_profiles([made_map()], made_atlas())
    assert profiles.index.tolist() == [2, 5, 7, 9] and profiles.region[2] == "Vermis"
    assert profiles.voxels.tolist() == [4, 2, 6, 0]
    assert np.allclose(profiles.sums, [[4, 4, -18, 0]])
    assert np.allclose(profiles.share[0, :3], [4 / 26, 4 / 26, 18 / 26])
    assert np.allclose(profiles.density[0, :3], [1, 2, -3])
    assert np.allclose(profiles.enrichment[0, :3], [4 / 26 * 12 / 4, 4 / 26 * 12 / 2, 18 / 26 * 12 / 6])
    for measure in (profiles.share, profiles.density, profiles.enrichment, profiles.strength):
        assert np.isnan(measure[0, 3])


def test_a_map_that_is_the_same_everywhere_is_enriched_nowhere():
    profiles = region_profiles([np.full(SHAPE, -0.5)], made_atlas())
    assert np.allclose(profiles.enrichment[0, :3], 1)
    assert np.allclose(profiles.share[0, :3], [4 / 12, 2 / 12, 6 / 12])


def test_densities_are_those_of_nilearns_masker():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 6, (7, 6, 5)).astype(np.int32)
    maps = rng.normal(size=(3, 7, 6, 5)).astype(np.float32)
    atlas = Atlas(labels, np.eye(4), {index: f"region {index}" for index in range(1, 6)})
    image = Nifti1Image(np.moveaxis(maps, 0, -1), np.eye(4))
    expected = NiftiLabelsMasker(Nifti1Image(labels, np.eye(4)), strategy="mean").fit_transform(image)
    assert np.allclose(region_profiles(maps, atlas).density, expected, atol=1e-6)


def test_only_voxels_of_the_mask_count():
    mask = np.ones(SHAPE, bool)
    mask[0, 0] = mask[3] = False
    changed = np.where(mask, made_map(), 1e9)
    profiles = region_profiles([changed], made_atlas(), mask)
    assert profiles.voxels.tolist() == [2, 0, 6, 0]
    assert np.allclose(profiles.share[0, [0, 2]], [2 / 20, 18 / 20])
    assert np.isnan(profiles.share[0, 1])


def test_scaling_a_map_changes_its_density_but_no_share():
    maps = [made_map(), made_map(2, 4, 6)]
    raw, scaled = region_profiles(maps, made_atlas()), region_profiles(maps, made_atlas(), scales=[1, 4])
    assert np.allclose(scaled.density[1, :3], raw.density[1, :3] / 4)
    assert np.allclose(scaled.share, raw.share, equal_nan=True)


def test_a_map_without_a_value_in_any_region_has_no_share():
    profiles = region_profiles([made_map(0, 0, 0), made_map(1, np.nan, 1)], made_atlas())
    assert np.isnan(profiles.share).all()
    assert profiles.density[0, 0] == 0 and np.isnan(profiles.density[1]).all()


@pytest.mark.parametrize(
    ("said", "mask", "values"),
    [
        ("atlas: shape (4, 3, 2) but a map has (3, 3, 2)", None, np.ones((3, 3, 2))),
        ("atlas: shape (4, 3, 2) but the mask has (4, 3, 3)", np.ones((4, 3, 3)), None),
        ("regions: the mask is empty", np.zeros(SHAPE), None),
        ("atlas: no region has a voxel in the mask", made_atlas().labels == 0, None),
    ],
)
def test_what_does_not_lie_on_one_grid_is_refused_in_one_line(said, mask, values):
    with pytest.raises(InputError) as fault:
        region_profiles([values], made_atlas(), mask)
    assert str(fault.value).startswith(said) and "\n" not in str(fault.value)


def test_a_subject_with_three_visits_counts_once():
    profiles = made_profiles([[1, 3], [3, 1], [2, 2], [0, 8]])
    names, own = subject_profiles(profiles, ["b", "b", "b", "a"])
    assert names == ["a", "b"]
    assert np.allclose(own.sizes, [[0, 8], [2, 2]])


def test_only_the_maps_of_a_group_count_and_those_that_are_finite():
    profiles = made_profiles([[1, 3], [3, 1], [np.nan, np.nan], [0, 8]])
    names, own = subject_profiles(profiles, ["b", "b", "c", "a"], [True, False, True, False])
    assert names == ["b"] and np.allclose(own.sizes, [[1, 3]])


def test_every_subject_has_a_row_for_each_region():
    table = subject_regions(made_profiles([[1, 3, 4], [5, 2, 2]]), ["b", "a"])
    assert list(table.columns) == ["subject", "index", "region", "voxels", "share", "density", "enrichment", "rank"]
    assert table["subject"].tolist() == ["a"] * 3 + ["b"] * 3
    assert table["rank"].tolist() == [1, 2.5, 2.5, 3, 2, 1]
    assert np.allclose(table.groupby("subject")["share"].sum(), 1)


def test_ranks_leave_out_what_is_undefined():
    assert np.array_equal(ranks([[0.5, np.nan, 0.7]]), [[2, np.nan, 1]], equal_nan=True)


def test_merged_regions_hold_what_both_sides_held():
    whole = region_profiles([made_map()], made_atlas().merged())
    assert whole.region == ["Putamen", "Vermis", "Lost_L"]
    assert np.allclose(whole.sums[0, :2], [8, -18])


def test_memory_does_not_grow_with_the_size_of_the_maps_read():
    atlas = Atlas(np.ones((20, 24, 22), np.int32), np.eye(4), {1: "brain"})

    def peak(number):
        tracemalloc.start()
        region_profiles((np.ones((20, 24, 22), np.float32) for _ in range(number)), atlas)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(2000) - peak(20) < 20 * 24 * 22 * 4 * 30


def test_sums_of_single_precision_maps_are_added_in_double_precision():
    atlas = Atlas(np.ones((40, 30, 20), np.int32), np.eye(4), {1: "brain"})
    values = np.full((40, 30, 20), 0.1, np.float32)
    sums, sizes = RegionSums(atlas)(values)
    assert sums[0] == sizes[0] == pytest.approx(24000 * float(np.float32(0.1)), rel=1e-12)
