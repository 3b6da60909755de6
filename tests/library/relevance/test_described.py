import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.relevance.described import (
    described,
    held_out_scores,
    learned_scores,
    localisation_rows,
    outside_measures,
)
from voxplain.relevance.side_by_side import experiments_table, methods_table
from voxplain.training.scores import score_predictions


def largest_sd(mean, splits):
    """The largest standard deviation (ddof 1) that numbers in [0, 1] of this mean can have: all but one at the ends."""
    ones = int(mean * splits)
    values = [1.0] * ones + [mean * splits - ones] + [0.0] * (splits - ones - 1)
    return np.std(values[:splits], ddof=1)


def test_means_and_sds_are_over_splits_the_seeds_of_each_as_one():
    table = pd.concat([made_classes(classes=2, seed=seed).assign(seed=seed) for seed in (1, 2)])
    of_splits = [
        np.mean([accuracy_score(one["label"], one["predicted"]) for _, one in part.groupby("seed")])
        for _, part in table.groupby("split")
    ]
    row = next(one for one in learned_scores(table) if one["measure"] == "accuracy")
    assert row["value"] == pytest.approx(np.mean(of_splits)) and row["sd"] == pytest.approx(np.std(of_splits, ddof=1))
    assert row["n"] == 60


def test_a_standard_deviation_that_cannot_be_is_none_of_ours():
    assert largest_sd(0.984, 3) == pytest.approx(0.0277, abs=1e-4), ".984 (.075) over three folds cannot be"
    for seed, splits in itertools.product(range(5), (2, 3, 5)):
        for row in learned_scores(made_classes(classes=2, splits=splits, seed=seed)):
            assert row["sd"] <= largest_sd(row["value"], splits) + 1e-12


def test_one_split_has_no_standard_deviation_and_one_class_no_roc_auc():
    rows = {one["measure"]: one for one in learned_scores(made_classes(classes=2, splits=1))}
    assert np.isnan(rows["accuracy"]["sd"]) and np.isfinite(rows["accuracy"]["value"])
    alone = {one["measure"]: one for one in learned_scores(made_classes(classes=2).query("label == 1"))}
    assert np.isnan(alone["roc_auc"]["value"]) and alone["roc_auc"]["reason"] == "only one class among the scans"


def test_held_out_scores_are_those_of_the_network_of_classes_and_of_amounts():
    for predictions, main in ((made_classes(classes=2), "accuracy"), (made_amounts(), "r2")):
        scores = pd.concat([score_predictions(predictions, one, 20, 1, 5) for one in ("size", "network")])
        whole = scores.query("model == 'network' and split == 'all'").set_index("measure")
        rows = {one["measure"]: one for one in held_out_scores(scores)}
        assert rows[main]["value"] == whole.loc[main, "value"] and rows[main]["sd"] == whole.loc[main, "sd"]
        assert [one["measure"] for one in learned_scores(predictions)] == list(rows)


def test_only_the_regional_effects_auc_of_the_method_itself_is_taken_from_a_table_of_more():
    table = pd.DataFrame(
        {
            "method": ["g"] * 4,
            "kind": ["method", "reference", "method", "method"],
            "effect": ["region", "region", "outside", "region"],
            "measure": ["auc", "auc", "auc", "mass"],
            "auc": [0.8, 0.5, 0.3, 0.1],
            "low": [0.7, 0.5, 0.2, 0.1],
            "high": [0.9, 0.5, 0.4, 0.1],
            "subjects": [5, 5, 5, 5],
        }
    )
    assert [one["value"] for one in localisation_rows(table)] == [0.8]
    plain = table.drop(columns=["effect", "measure"]).head(2)
    assert [one["value"] for one in localisation_rows(plain)] == [0.8]


def test_maps_that_are_all_constant_read_undefined_and_never_0():
    rows = pd.DataFrame({"subject": ["a", "b"], "share": [np.nan, np.nan], "voxels": [0.5, 0.5]})
    share = outside_measures("grad_cam", rows, 10, 1)[0]
    assert np.isnan(share["value"]) and share["reason"] == "no map that varies" and share["n"] == 0


def test_five_experiments_are_five_rows_in_their_order():
    tables = {
        name: described(learned_scores(made_classes(classes=2, seed=place))) for place, name in enumerate("edcba")
    }
    table = experiments_table(tables)
    assert table["experiment"].tolist() == list("edcba") and {"training_accuracy", "training_accuracy_sd"} <= set(table)
    assert methods_table(tables).empty
