from math import comb

import numpy as np
import pandas as pd
import pytest

from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.training.scores import score_predictions
from voxplain.training.scores.permutation import permutation_p, permuted_labels


def scans(labels, groups, strata):
    names = [f"sub-{place}" for place in range(len(labels))]
    return pd.DataFrame({"scan": names, "group": groups, "stratum": strata, "label": labels})


def test_the_p_value_of_a_perfect_score_is_the_share_of_perfect_shuffles():
    table = made_classes(8, 2, splits=1)
    table = table.assign(predicted=table["label"], probability_1=table["label"] * 1.0)
    found = permutation_p(table.assign(probability_0=1 - table["probability_1"]), 20000)
    assert found["balanced_accuracy"] == pytest.approx(1 / comb(8, 4), abs=0.003)
    assert found["roc_auc"] == pytest.approx(1 / comb(8, 4), abs=0.003)


@pytest.mark.parametrize("made", [lambda seed: made_classes(24, 2, 2, seed), lambda seed: made_amounts(24, 2, seed)])
def test_predictions_that_know_nothing_have_p_values_spread_evenly(made):
    generator, found = np.random.default_rng(0), []
    for seed in range(80):
        table = made(seed)
        table["label"] = generator.permutation(table["label"].to_numpy())
        values = permutation_p(table, 99, seed)
        found.append(values.get("roc_auc", values.get("mae")))
    assert 0.4 < np.mean(found) < 0.6 and np.mean(np.array(found) <= 0.05) < 0.12 and min(found) >= 0.01


@pytest.mark.parametrize(("made", "measure"), [(made_classes, "roc_auc"), (made_amounts, "r2"), (made_amounts, "mae")])
def test_predictions_that_know_the_label_have_a_small_p_value(made, measure):
    assert permutation_p(made(), 999)[measure] == pytest.approx(0.001, abs=0.002)


def test_labels_change_hands_within_a_stratum_alone():
    labels = np.arange(8.0)
    found = permuted_labels(scans(labels, [f"g{place}" for place in range(8)], list("aaaabbbb")), 50, 1)
    np.testing.assert_array_equal(found[0], labels)
    assert (np.sort(found[:, :4]) == labels[:4]).all() and (np.sort(found[:, 4:]) == labels[4:]).all()
    assert len(np.unique(found, axis=0)) > 20


def test_all_scans_of_a_group_take_the_same_label():
    found = permuted_labels(
        scans([1, 1, 1, 0, 0, 1], list("aabccc"), ["a"] * 6).assign(label=[1, 1, 1, 0, 0, 0]), 40, 2
    )
    assert (
        (found[:, 0] == found[:, 1]).all() and (found[:, 3] == found[:, 4]).all() and (found[:, 4] == found[:, 5]).all()
    )


def test_groups_whose_label_changes_exchange_all_of_it_in_order():
    table = scans([0, 1, 0, 0, 1, 1, 1], list("aabbccd"), ["a"] * 7)
    found = permuted_labels(table, 60, 3)
    pairs = found[:, :6].reshape(-1, 3, 2)
    assert {tuple(pair) for pair in pairs.reshape(-1, 2)} == {(0, 1), (0, 0), (1, 1)}
    assert (np.sort(pairs.sum(2)) == [0, 1, 2]).all() and (found[:, 6] == 1).all()


def test_a_scan_that_several_networks_judge_has_one_label_in_every_permutation():
    once = made_classes(12, 2, splits=1, seed=4)
    copied = pd.concat([once.assign(split=f"r1f{fold}") for fold in range(1, 6)])
    assert permutation_p(copied, 500) == permutation_p(once, 500)


def test_repeats_of_the_cross_validation_do_not_make_a_score_surer():
    once = made_classes(30, 2, seed=3)
    repeated = pd.concat([once.assign(split=once["split"].str.replace("r1", f"r{one}")) for one in (1, 2, 3)])
    assert permutation_p(repeated, 500) == permutation_p(once, 500)


def test_the_table_says_that_predictions_were_fixed():
    table = score_predictions(made_classes(), "network", bootstrap=5, permutations=99)
    whole = table[table["split"] == "all"].set_index("measure")
    assert whole.loc["balanced_accuracy", "p_kind"] == "fixed predictions" and whole.loc["roc_auc", "p"] <= 0.05
    assert whole.loc["brier", "p_kind"] is np.nan or pd.isna(whole.loc["brier", "p_kind"])
    assert table.loc[table["split"] != "all", "p"].isna().all()
