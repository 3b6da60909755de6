import numpy as np
import pandas as pd
import pytest

from tests.library.relevance.made_maps import made_maps, made_table
from voxplain.errors import InputError, SettingsError
from voxplain.relevance.designs import design


@pytest.fixture
def maps():
    return made_maps()


def test_two_values_are_compared_in_their_order(maps):
    table = made_table(maps, sex=["f", "m"] * 4 + ["m", "f"] * 4)
    found = design(maps, table, "sex")
    assert found.asked == "sex: m above f"
    assert found.tested.tolist() == [0.0, 1.0] * 4 + [1.0, 0.0] * 4


def test_classes_keep_their_names_where_some_are_missing(maps):
    table = made_table(maps)
    table["label"] = table["label"].astype(float).where(table.index != 5)
    assert design(maps, table, "label").asked == "label: 1 above 0"


def test_nuisance_columns_are_orthonormal_and_hold_the_splits(maps):
    found = design(maps, made_table(maps), "label", ["age", "site"])
    basis = found.nuisance
    assert basis.shape == (16, 2 + 1 + 2)
    assert np.allclose(basis.T @ basis, np.eye(5), atol=1e-12)
    assert np.allclose(basis @ (basis.T @ maps.shares), maps.shares)


def test_a_subject_without_a_covariate_is_left_out_and_counted(maps):
    table = made_table(maps)
    table.loc[3, "age"] = np.nan
    found = design(maps, table, "label", ["age"])
    assert 3 not in found.rows and len(found.rows) == 15
    assert found.notes == ["1 subject without one value of label, age left out"]


def test_a_subject_whose_class_changes_is_left_out_and_a_changing_age_counts_with_its_mean(maps):
    table = made_table(maps)
    later = table.iloc[:2].assign(scan=["second-0", "second-1"], age=[90.0, 90.0], label=[1, 0])
    later.loc[1, "label"] = table["label"][1]
    maps.scans[0].append("second-0")
    maps.scans[1].append("second-1")
    both = pd.concat([table, later], ignore_index=True)
    found = design(maps, both, "label")
    assert table["label"][0] == 0 and 0 not in found.rows and 1 in found.rows
    aged = design(maps, both, "age")
    assert aged.tested[1] == pytest.approx((table["age"][1] + 90) / 2)


def test_families_are_what_changes_places(maps):
    families = {scan: f"family-{place // 4}" for place, scan in enumerate(maps.subjects)}
    found = design(maps, made_table(maps), "label", groups=families)
    assert found.groups.tolist() == list(families.values())
    assert design(maps, made_table(maps), "label").groups.tolist() == maps.subjects


@pytest.mark.parametrize(
    ("columns", "tested", "covariates", "told"),
    [
        ({"sex": ["f"] + ["m"] * 15}, "sex", [], "sex: 1 subject with f; a comparison needs at least 2 in each group"),
        ({"sex": ["f"] * 16}, "sex", [], "sex: 1 value among the subjects with maps; a comparison needs two groups"),
        ({}, "site", [], r"site: 3 groups \(north, south, west\); give a column of two, or of numbers"),
        ({"copy": [0, 0, 1, 1] * 4}, "label", ["copy"], "label: the copy, splits explain it in these 16 subjects"),
        ({"fold": [0, 1] * 8}, "fold", [], "fold: the splits explain it in these 16 subjects"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(maps, columns, tested, covariates, told):
    with pytest.raises(InputError, match=told) as caught:
        design(maps, made_table(maps, **columns), tested, covariates)
    assert "\n" not in str(caught.value)


def test_an_unknown_column_is_named_beside_those_there_are(maps):
    with pytest.raises(SettingsError, match='no column "sexx" in the table of scans; there are scan, subject, label'):
        design(maps, made_table(maps), "sexx")


def test_signs_of_maps_without_signs_are_not_turned():
    maps = made_maps(signed=False)
    with pytest.raises(InputError, match="these maps have no sign, so turning signs says nothing; compare groups"):
        design(maps, made_table(maps), "mean")


def test_a_class_that_is_one_in_every_split_leaves_nobody_to_change_places():
    maps = made_maps(splits=2)
    shares = np.full((16, 2), 0.5)
    maps = type(maps)(**{**maps.__dict__, "shares": shares})
    with pytest.raises(InputError, match="no two subjects of the same split differ in it, so none can change places"):
        design(maps, made_table(maps, arm=[0, 1] * 8), "arm")
