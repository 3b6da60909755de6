import numpy as np
import pandas as pd
import pytest

from tests.library.baselines.made_study import made_folds
from voxplain.cohort.folds import Folds
from voxplain.errors import InputError
from voxplain.insight.scan_columns import scan_columns, with_folds

SCANS = pd.DataFrame(
    {
        "scan": [f"sub-{number}" for number in range(4)],
        "label_sex": [0, 1, 1, None],
        "label_age": [20.5, 30, 40, 50],
        "Gender": ["F", "M", "M", None],
        "Release": ["a", "a", "a", "a"],
        "site": [np.nan] * 4,
        "Weight": [60, 70, 80, 90],
    }
)


def test_labels_come_first_by_the_names_of_their_classes_and_amounts_as_they_are():
    columns = scan_columns(SCANS, {"sex": ["F", "M"], "age": []}, carried=["Gender", "Release"])
    assert list(columns) == ["sex", "age", "Gender"], "a release and a site that are the same for all say nothing"
    assert columns["sex"].tolist()[:3] == ["F", "M", "M"] and pd.isna(columns.loc["sub-3", "sex"])
    assert columns["age"].tolist() == [20.5, 30, 40, 50]


def test_named_columns_stand_in_place_of_the_covariates():
    assert list(scan_columns(SCANS, {"sex": ["F", "M"]}, ["Weight"], ["Gender"])) == ["sex", "Weight"]
    assert list(scan_columns(SCANS, {"sex": ["F", "M"]}, [], ["Gender"])) == ["sex"]


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(InputError, match="no column Height among the scans"):
        scan_columns(SCANS, {"sex": ["F", "M"]}, ["Height"])


def test_the_fold_of_a_scan_is_the_split_of_the_first_repeat_that_holds_it_out():
    named = pd.DataFrame({"scan": [f"sub-{number}" for number in range(9)], "label": np.arange(9) % 2})
    table = made_folds(named.assign(subject=named["scan"]))
    second = table.assign(split=table["split"].str.replace("r1", "r2"), role="test")
    folds = with_folds(named.set_index("scan")[["label"]], Folds(pd.concat([table, second])))["fold"]
    for scan, split in folds.items():
        held_out = table[(table["scan"] == scan) & (table["role"] == "test")]
        assert held_out["split"].tolist() == [split]
