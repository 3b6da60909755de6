import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve, roc_curve

from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.training.scores.curves import curve_table


def of(table, curve, one=1):
    return table[(table["curve"] == curve) & (table["class"].isin([one]) | table["class"].isna())]


def test_the_roc_curve_passes_through_sklearns_points():
    predictions = made_classes(80, 2, splits=1)
    found = of(curve_table(predictions, bootstrap=10), "roc")
    false, true, _ = roc_curve(predictions["label"], predictions["probability_1"])
    for x, y in zip(found["x"], found["y"], strict=True):
        assert true[false <= x + 1e-12].max() <= y + 1e-12 and y <= true[false >= x - 1e-12].min() + 1e-12 or x in false
    assert found["y"].iloc[-1] == 1 and (np.diff(found["y"]) >= -1e-12).all() and found["sd"].isna().all()


def test_precision_is_that_of_the_first_threshold_that_reaches_the_recall():
    predictions = made_classes(60, 2, splits=1)
    found = of(curve_table(predictions, bootstrap=10), "precision_recall")
    precision, recall, _ = precision_recall_curve(predictions["label"], predictions["probability_1"])
    for x, y in zip(found["x"], found["y"], strict=True):
        enough = np.flatnonzero(recall[:-1] >= x - 1e-9)
        assert y == precision[enough.max()]


def test_curves_are_means_over_splits_with_their_sd():
    predictions = made_classes(60, 3)
    whole = of(curve_table(predictions, bootstrap=5), "roc", 2)
    singles = [
        of(curve_table(table, bootstrap=5), "roc", 2)["y"].to_numpy() for _, table in predictions.groupby("split")
    ]
    np.testing.assert_allclose(whole["y"], np.mean(singles, 0))
    np.testing.assert_allclose(whole["sd"], np.std(singles, 0, ddof=1))
    assert (whole["n"] == 3).all() and set(curve_table(predictions, bootstrap=5)["class"].dropna()) == {0, 1, 2}


@pytest.mark.parametrize("classes", [2, 4])
def test_the_calibration_curve_is_sklearns(classes):
    predictions = made_classes(90, classes)
    found = of(curve_table(predictions, bootstrap=200), "calibration")
    if classes == 2:
        stated, right = predictions["probability_1"], predictions["label"]
    else:
        stated = predictions.filter(regex="^probability_").max(axis=1)
        right = predictions["label"] == predictions["predicted"]
    observed, mean = calibration_curve(right, stated, n_bins=10)
    np.testing.assert_allclose(found["x"], mean)
    np.testing.assert_allclose(found["y"], observed)
    assert found["n"].sum() == 90
    assert (found["low"] <= found["y"] + 1e-9).all() and (found["y"] <= found["high"] + 1e-9).all()


def test_amounts_have_no_curves():
    assert curve_table(made_amounts()).empty and curve_table(made_classes().iloc[:0]).empty


def test_leave_one_out_has_the_curves_of_all_its_scans():
    whole = made_classes(40, 2, splits=1)
    alone = whole.assign(split=[f"r1f{place + 1}" for place in range(40)])
    pd.testing.assert_frame_equal(curve_table(whole, bootstrap=10), curve_table(alone, bootstrap=10))
