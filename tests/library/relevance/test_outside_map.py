import nibabel
import numpy as np
import pytest
from scipy import stats

from tests.library.relevance.made_fields import AFFINE, SHAPE, ellipsoid, field
from voxplain.errors import InputError
from voxplain.relevance.outside_map import COLUMNS, MEASURES, outside_agreement, outside_on_grid

MASK = ellipsoid()


def agreement(*maps, **options):
    return outside_agreement(*maps, MASK, AFFINE, **{"surrogates": 40} | options).set_index("measure")


def test_measures_are_those_worked_without_the_library():
    ours, theirs = field(1, 5), field(2, 6)
    table = agreement(ours, theirs, threshold=1.5, surrogates=5)
    inside, other = ours[MASK], theirs[MASK]
    assert table.index.tolist() == list(MEASURES) and list(table.reset_index()) == COLUMNS
    assert table["value"]["pearson"] == pytest.approx(np.corrcoef(inside, other)[0, 1])
    assert table["value"]["spearman"] == pytest.approx(stats.spearmanr(inside, other).statistic)
    assert table["value"]["spearman_abs"] == pytest.approx(stats.spearmanr(abs(inside), abs(other)).statistic)
    region = set(np.flatnonzero(np.abs(other) >= 1.5))
    strongest = set(np.argsort(-np.abs(inside))[: len(region)])
    assert table["value"]["dice"] == pytest.approx(2 * len(region & strongest) / (2 * len(region)))
    assert table["value"]["density"] == pytest.approx(np.abs(inside)[list(region)].mean() / np.abs(inside).mean())
    assert (table["voxels"] == MASK.sum()).all() and table["note"]["dice"] == "region: |value| of at least 1.5"


def test_a_map_that_has_the_outside_map_in_it_is_told_from_surrogates():
    theirs = field(3, 4)
    table = agreement(theirs + 0.5 * field(4, 4), theirs)
    assert (table["p"] == 1 / 41).all()
    assert (table["value"] > table["null_high"]).all()


def test_of_a_map_of_mostly_zeros_the_region_is_the_rest_and_of_another_its_strongest():
    theirs = field(5, 5)
    some = np.where(theirs > 1, theirs, 0)
    assert agreement(field(6, 5), some, surrogates=2)["note"]["dice"] == "region: what is not zero"
    assert agreement(field(6, 5), theirs, surrogates=2)["note"]["dice"] == "region: the strongest 5%"


def test_a_map_without_a_sign_needs_one_set_of_surrogates_and_gives_what_two_would():
    ours, theirs = np.abs(field(6, 5)), field(7, 5)
    almost = ours.copy()
    almost[MASK & (ours == ours[MASK].min())] = -1e-9
    one, two = agreement(ours, theirs), agreement(almost, theirs)
    assert np.allclose(one["value"], two["value"], atol=1e-3) and np.allclose(one["p"], two["p"], atol=0.08)


def test_voxels_where_the_outside_map_says_nothing_do_not_count():
    theirs = field(7, 5)
    theirs[:7] = np.nan
    ours = field(8, 5)
    table = agreement(ours, theirs, surrogates=2)
    known = MASK & np.isfinite(theirs)
    assert (table["voxels"] == known.sum()).all()
    assert table["value"]["pearson"] == pytest.approx(np.corrcoef(ours[known], theirs[known])[0, 1])


def null_p(seed):
    """p of two smooth maps that have nothing to do with each other, by surrogates and by shuffled voxels."""
    generator = np.random.default_rng(seed)
    ours, theirs = (field([seed, place], generator.uniform(4, 8)) for place in (0, 1))
    table = agreement(ours, theirs, surrogates=39, seed=seed)
    naive = stats.pearsonr(ours[MASK], theirs[MASK]).pvalue
    return table["p"], naive


def test_smooth_maps_without_relation_are_not_called_alike_as_shuffled_voxels_would():
    found = [null_p(seed) for seed in range(20)]
    assert np.mean([naive <= 0.05 for _, naive in found]) > 0.5
    for measure in MEASURES:
        assert np.mean([p[measure] <= 0.05 for p, _ in found]) <= 0.2, measure


@pytest.mark.slow
def test_p_values_of_200_unrelated_maps_are_uniform():
    found = [null_p(seed)[0] for seed in range(1000, 1200)]
    for measure in MEASURES:
        p = np.array([one[measure] for one in found])
        for level in (0.05, 0.1, 0.2, 0.5):
            spread = np.sqrt(level * (1 - level) / 200)
            above = (p <= level + 1e-9).mean() - level
            # small regions often share no voxel at all, with p 1: Dice may be found too rarely, not too often
            assert above < 3 * spread + 1 / 40, (measure, level)
            assert measure == "dice" or above > -3 * spread - 1 / 40, (measure, level)


@pytest.mark.parametrize(
    ("ours", "theirs", "options", "told"),
    [
        (field(1, 3), field(2, 3)[1:], {}, r"outside map: shape \(15, 19, 15\) but the group's map has \(16, 19, 15\)"),
        (field(1, 3), np.full(SHAPE, np.nan), {}, "mask: empty where the outside map has values"),
        (field(1, 3), np.full(SHAPE, 2.0), {}, "outside map: 2 everywhere in the mask; give a map with values"),
        (field(1, 3), field(2, 3), {"threshold": 99}, "outside map: no voxel of the mask is in its region"),
        (np.zeros(SHAPE), field(2, 3), {}, "map: constant or not finite inside the mask"),
    ],
)
def test_maps_that_cannot_be_compared_are_refused_in_one_line(ours, theirs, options, told):
    with pytest.raises(InputError, match=told) as caught:
        agreement(ours, theirs, **options)
    assert "\n" not in str(caught.value)


def saved(path, data, affine):
    image = nibabel.Nifti1Image(data.astype(np.float32), affine)
    image.set_sform(affine, 4)
    image.set_qform(affine, 4)
    nibabel.save(image, path)
    return path


def test_an_outside_map_comes_to_the_grid_by_its_affine_whichever_way_it_is_stored(tmp_path):
    made = field(9, 9)
    flipped = AFFINE @ np.array([[-1, 0, 0, SHAPE[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    there = outside_on_grid(saved(tmp_path / "map.nii.gz", made[::-1], flipped), SHAPE, AFFINE, MASK)
    assert np.allclose(there[MASK], made[MASK], atol=1e-4)


def test_what_an_outside_map_does_not_cover_is_not_a_number(tmp_path):
    made = field(10, 5)
    made[5, 5, 5] = np.nan
    there = outside_on_grid(saved(tmp_path / "map.nii.gz", made[:12], AFFINE), SHAPE, AFFINE, MASK)
    assert np.isnan(there[12:]).all() and np.isnan(there[5, 5, 5]) and np.isfinite(there[:5]).all()


def test_a_text_is_no_map(tmp_path):
    (tmp_path / "map.nii.gz").write_text("peaks")
    with pytest.raises(InputError, match=r"map.nii.gz: cannot be read \(.*\); give a NIfTI file"):
        outside_on_grid(tmp_path / "map.nii.gz", SHAPE, AFFINE, MASK)


@pytest.mark.parametrize(
    ("data", "affine", "told"),
    [
        (
            field(11, 5),
            AFFINE + np.array([[0, 0, 0, 300.0]] + [[0] * 4] * 3),
            "map.nii.gz: covers 0% of the brain; give a map in",
        ),
        (np.zeros(SHAPE), AFFINE, "map.nii.gz: 0 everywhere in the brain; give a map with values"),
        (np.zeros((*SHAPE, 2)), AFFINE, r"map.nii.gz: shape \(16, 19, 15, 2\); give one map"),
    ],
)
def test_a_file_that_is_no_map_of_this_space_is_refused_in_one_line(data, affine, told, tmp_path):
    with pytest.raises(InputError, match=told) as caught:
        outside_on_grid(saved(tmp_path / "map.nii.gz", data, affine), SHAPE, AFFINE, MASK)
    assert "\n" not in str(caught.value)
