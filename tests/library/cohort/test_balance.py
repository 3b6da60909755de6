import numpy as np
import pandas as pd
import pytest

from voxplain.cohort.balance import balance_table, standardised

AGES = [60.5, 61, 62, 63, 70, 71, 72, 74]


@pytest.fixture
def scans():
    names = [f"sub-{number}" for number in range(8)]
    return pd.DataFrame(
        {
            "scan": names, "site": ["A", "B"] * 4, "Age": [str(one) for one in AGES], "Sex": ["F"] * 6 + ["M", ""],
            "brain_volume_ml": [str(1300 + 10 * number) for number in range(8)], "label": list("01010101"),
        }
    )  # fmt: skip


@pytest.fixture
def folds(scans):
    role = ["train"] * 4 + ["test"] * 4
    labels = scans["label"].astype(int)
    return pd.DataFrame({"scan": scans["scan"], "group": scans["scan"], "label": labels, "split": "r1f1", "role": role})


def row(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table.squeeze(axis=0)


def test_means_are_those_of_the_part_and_the_class(scans, folds):
    table = balance_table(folds, scans, ["Age"])
    age = row(table, role="train", variable="Age", **{"class": 1})
    assert (age["n"], age["mean"]) == (2, 62.0)
    assert age["sd"] == pytest.approx(np.std([61, 63], ddof=1))
    pooled = np.sqrt((np.var([61, 63], ddof=1) + np.var([60.5, 62], ddof=1)) / 2)
    assert age["difference"] == pytest.approx((62 - 61.25) / pooled)


def test_the_parts_are_compared_with_the_training_part(scans, folds):
    table = balance_table(folds, scans, ["Age"])
    test = row(table, role="test", variable="Age", **{"class": "all"})
    pooled = np.sqrt((np.var(AGES[:4], ddof=1) + np.var(AGES[4:], ddof=1)) / 2)
    assert test["difference"] == pytest.approx((np.mean(AGES[4:]) - np.mean(AGES[:4])) / pooled)
    assert row(table, role="train", variable="Age", **{"class": "all"})["difference"] == 0


def test_texts_are_told_by_the_share_of_each_and_unknown_ones_are_not_counted(scans, folds):
    table = balance_table(folds, scans, ["Sex"])
    women = row(table, role="test", variable="Sex", level="F", **{"class": "all"})
    assert (women["scans"], women["n"], women["share"]) == (4, 3, pytest.approx(2 / 3))
    assert set(table.loc[table["variable"] == "site", "level"]) == {"A", "B"}


def test_a_difference_without_spread_is_undefined_unless_there_is_none(scans, folds):
    table = balance_table(folds, scans, [])
    site = row(table, role="train", variable="site", level="A", **{"class": 1})
    assert site["share"] == 0 and np.isnan(site["difference"])  # all of one class at one site, none of the other
    assert standardised(1.0, 1.0, 0.0, 0.0) == 0


def test_a_regression_has_no_classes_but_its_own_values_are_compared(scans, folds):
    ages = np.array(AGES)
    table = balance_table(folds.assign(label=ages), scans.assign(label=scans["Age"]), [], regression=True)
    assert set(table["class"]) == {"all"}
    assert row(table, role="train", variable="label")["mean"] == pytest.approx(ages[:4].mean())
