import numpy as np
import pandas as pd
import pytest

from tests.library.baselines.tabular.morphometry import (
    MEASURES,
    entry,
    made_features,
    made_folds,
    made_labels,
    made_tables,
)
from voxplain.baselines.tabular.columns import Distinct
from voxplain.baselines.tabular.features import feature_table
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.errors import InputError, SettingsError

LABELS = made_labels()


def table_of(asked=("measures",), change=None, **options):
    scans, measures = made_tables(LABELS)
    if change:
        change(scans, measures)
    told = dict(zip(scans["scan"], LABELS, strict=True))
    how = {"label": ("Diagnosis", told), "measures": measures, "covariates": ["Age", "Gender", "Release"]}
    return feature_table(scans, list(asked), **how | {"where": "baselines.tabular.t"} | options)


def rule_of(found, name):
    return found.listing.set_index("name").loc[name, ["status", "rule"]].tolist()


def test_measures_are_numbers_covariates_stay_texts_and_a_release_is_left_out():
    found = table_of(["measures", "covariates"])
    assert list(found.table) == [*MEASURES, "Age", "Gender"]
    assert [found.table[name].dtype.kind for name in ("FS_Mask_Vol", "Age")] == ["f", "O"]
    status, rule = rule_of(found, "Release")
    assert status == "left out" and "a release" in rule


@pytest.mark.parametrize("column", ["subject", "Release", "label_sex", "Diagnosis"])
def test_an_id_a_release_or_a_label_is_refused_whoever_asks(column):
    def change(scans, measures):
        scans["label_sex"] = scans["Diagnosis"] = LABELS.astype(str)

    with pytest.raises(SettingsError, match=f"features.* has {column}, which can never be a feature"):
        table_of([column], change)


def test_a_column_that_is_not_there_is_said_with_the_one_that_was_meant():
    with pytest.raises(SettingsError, match='has "FS_Thick", which is no column; did you mean "FS_Thck"'):
        table_of(["FS_Thick"])
    with pytest.raises(SettingsError, match="there is no table of them"):
        table_of(["measures"], measures=None)


def test_missing_cells_are_counted_and_filled_from_training_scans_or_their_scans_left_out():
    found = table_of()
    listing = found.listing.set_index("name")
    assert listing.loc["FS_Thck", "missing"] == 3 and "median" in listing.loc["FS_Thck", "rule"]
    assert len(found.table) == 60 and found.table["FS_Thck"].isna().sum() == 3
    fewer = table_of(missing="leave_out")
    assert len(fewer.table) == 57 and not fewer.table.isna().any().any()
    assert rule_of(fewer, "sub-003") == ["left out", "lacks 1 of 5 features"]


def test_a_subject_without_a_row_is_left_out_by_name_even_where_covariates_are_known():
    def change(scans, measures):
        measures.loc[5, MEASURES] = ""
        measures.loc[9, "scan"] = "sub-999"

    found = table_of(["measures", "Age"], change)
    assert set(made_tables(LABELS)[0]["scan"]) - set(found.table.index) == {"sub-005", "sub-009"}
    assert rule_of(found, "sub-009") == ["left out", "no row in the table of features"]
    told = fitted_out_of_fold(found, made_folds(LABELS), entry("knn")).predictions
    assert len(told) == 58 and not {"sub-005", "sub-009"} & set(told["scan"])


def test_constant_and_copied_columns_are_named_and_never_reach_a_model():
    def change(scans, measures):
        measures["FS_Same"] = "4.5"
        measures["FS_Copy"] = measures["FS_Area"]

    found = table_of(["measures"], change)
    assert rule_of(found, "FS_Same")[0] == "flagged" and "the same for everybody" in rule_of(found, "FS_Same")[1]
    assert rule_of(found, "FS_Copy")[1].startswith("the same as FS_Area")
    with_them = fitted_out_of_fold(found, made_folds(LABELS), entry("logistic_regression"))
    assert with_them.pipelines["r1f1", ""][0]["model"].coef_.shape == (1, len(MEASURES))
    without = fitted_out_of_fold(table_of(), made_folds(LABELS), entry("logistic_regression"))
    assert with_them.predictions.equals(without.predictions)


def test_a_column_that_varies_in_held_out_scans_alone_is_left_out_of_that_split():
    folds = made_folds(LABELS)
    held_out = set(folds.loc[(folds["split"] == "r1f1") & (folds["role"] == "test"), "scan"])

    def change(scans, measures):
        measures["FS_Site"] = [str(float(scan in held_out) * place) for place, scan in enumerate(scans["scan"])]

    fitted = fitted_out_of_fold(table_of(["measures"], change), folds, entry("logistic_regression"))
    inputs = {split: one["model"].n_features_in_ for (split, _), (one, _) in fitted.pipelines.items()}
    assert inputs == {"r1f1": 5, "r1f2": 6, "r1f3": 6}


def test_a_column_that_is_the_label_again_is_flagged():
    found = table_of(["Sex", "FS_Area"], lambda scans, _: scans.insert(1, "Sex", np.where(LABELS, "man", "woman")))
    assert rule_of(found, "Sex") == ["flagged", "each of its 2 values has one label; perhaps the label again"]


def test_dates_names_and_empty_columns_are_left_out_with_why():
    def change(scans, measures):
        scans["Scanned"] = [f"2010-0{place % 9 + 1}-11" for place in range(60)]
        scans["Nickname"] = [f"person {place}" for place in range(60)]
        scans["Nothing"] = ""

    found = table_of(["FS_Area", "covariates"], change, covariates=["Scanned", "Nickname", "Nothing"])
    told = {name: rule_of(found, name)[1] for name in ("Scanned", "Nickname", "Nothing")}
    assert "a date" in told["Scanned"] and "60 values" in told["Nickname"] and told["Nothing"] == "empty"
    with pytest.raises(InputError, match="no column that can be a feature; Nothing is empty"):
        table_of(["Nothing"], change)


def test_a_number_that_is_not_finite_is_missing():
    found = table_of(
        ["FS_Curv"], lambda _, measures: measures.__setitem__("FS_Curv", ["inf", "-Inf"] + ["2.5", "3"] * 29)
    )
    assert found.table["FS_Curv"].dtype.kind == "f" and len(found.table) == 58


def test_a_value_that_training_scans_lack_is_judged_by_the_other_features():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    held_out = folds.loc[(folds["split"] == "r1f1") & (folds["role"] == "test"), "scan"]
    features.table.loc[held_out, "Age"] = "36+"
    told = fitted_out_of_fold(features, folds, entry("logistic_regression")).predictions
    assert told.loc[told["split"] == "r1f1", "probability_1"].between(0, 1).all()


def test_distinct_columns_are_chosen_by_the_rows_that_it_is_fitted_on():
    rows = np.array([[1.0, 2, 2, 0.0, 1], [2, 5, 5, -0.0, 2], [3, 1, 1, 0.0, 3]])
    chosen = Distinct().fit(rows)
    assert chosen.kept_.tolist() == [True, True, False, False, False]
    np.testing.assert_array_equal(chosen.transform(rows + 7), rows[:, :2] + 7)
    with pytest.raises(InputError, match="no feature differs between the 3 training scans"):
        Distinct().fit(np.ones((3, 2)))


def test_confounds_are_read_beside_the_features_and_unknown_ones_are_said():
    found = table_of(["measures"], confounds=["size_ml"])
    assert found.confounds == ("size_ml",) and isinstance(found.table["size_ml"], pd.Series)
    with pytest.raises(SettingsError, match='residualise" has "size_l"; did you mean "size_ml"'):
        table_of(["measures"], confounds=["size_l"])
