import numpy as np
import pandas as pd
import pytest

from voxplain.sanity.answers_given import answers_given, columns_beside
from voxplain.sanity.shortcuts import COLUMNS, flag_links, link_rows, not_there, only_outside_row, share_row

ASKED = {"least_excess": 0.05, "least_correlation": 0.3, "level": 0.05}
DRAWN = {"resamples": 100, "seed": [1]}
LABELS = np.repeat([0, 1], 30)


def shares(mean, n=30):
    return np.random.default_rng(1).normal(mean, 0.02, n)


@pytest.mark.parametrize(("mean", "flagged"), [(0.60, "yes"), (0.30, "no"), (0.43, "no")])
def test_a_place_is_flagged_where_training_surely_brought_relevance(mean, flagged):
    row = share_row("cam", "outside", shares(mean), 0.5, shares(0.4, 6), ASKED, **DRAWN)
    assert row["flagged"] == flagged and row["reference"] == 0.5 and list(row) == COLUMNS
    assert ("training brought relevance to this place" in row["sentence"]) == (flagged == "yes")
    assert row["sentence"].endswith(".") and row["low"] < row["value"] < row["high"]


def test_untrained_networks_that_differ_much_flag_nothing():
    row = share_row("cam", "outside", shares(0.6), 0.5, np.array([0.1, 0.9, 0.2]), ASKED, **DRAWN)
    assert row["difference"] > 0.05 > row["difference_low"] and row["flagged"] == "no"


def test_constant_maps_are_undefined_and_never_zero():
    row = share_row("cam", "outside", np.full(5, np.nan), 0.5, shares(0.4, 6), ASKED, **DRAWN)
    assert row["flagged"] == "undefined" and np.isnan(row["value"])
    why = "how much of the relevance lies outside the brain is undefined, because every map is zero or not finite"
    assert row["sentence"] == f"cam: {why}."
    row = share_row("cam", "face", shares(0.3), 0.1, [], ASKED, **DRAWN)
    assert row["flagged"] == "undefined" and "too few networks never trained have maps" in row["sentence"]


def links(strength, told=()):
    generator = np.random.default_rng(4)
    size, other = generator.normal(size=(2, 60))
    answers = strength * size + generator.normal(size=60) + 4 * LABELS
    columns = {"size": size, "Age": other, "Sex": LABELS}
    how = {"regression": False, "permutations": 199, "told": told}
    return flag_links(link_rows("network", answers, LABELS, columns, **how, **DRAWN), ASKED, told)


def test_an_answer_that_goes_along_with_size_within_classes_is_flagged_and_no_other():
    rows = {row["cue"]: row for row in links(1.0)}
    assert {cue: row["flagged"] for cue, row in rows.items()} == {"size": "yes", "Age": "no", "Sex": "undefined"}
    assert "more than chance makes (corrected p 0.01)" in rows["size"]["sentence"]
    assert "undefined, one of them does not vary" in rows["Sex"]["sentence"]
    assert not [row for row in links(0.0) if row["flagged"] == "yes"]


def test_what_the_network_is_told_is_said_and_not_flagged():
    rows = {row["cue"]: row for row in links(1.0, told=("size",))}
    assert rows["size"]["flagged"] == "undefined" and rows["size"]["sentence"].endswith("which the network is told.")


def test_a_sure_but_small_link_is_not_flagged():
    row = {"cue": "size", "p": 0.001, "value": 0.2, "sentence": "s"}
    found = flag_links([row], ASKED)[0]
    assert found["flagged"] == "no" and "but less than 0.3" in found["sentence"]


def scores(value, low, high, name="roc_auc"):
    return pd.Series({name: value, f"{name}_low": low, f"{name}_high": high, "n": 40})


@pytest.mark.parametrize(
    ("told", "flagged", "end"),
    [
        (scores(0.8, 0.7, 0.9), "yes", "the outside alone tells."),
        (scores(0.6, 0.45, 0.8), "no", "the outside alone does not surely tell."),
        (scores(0.2, 0.1, 0.3, "r2"), "yes", "the outside alone tells."),
        (scores(np.nan, np.nan, np.nan), "undefined", "is undefined (ROC AUC)."),
    ],
)
def test_what_the_outside_alone_tells_is_flagged_above_chance(told, flagged, end):
    row = only_outside_row(told, told)
    assert row["flagged"] == flagged and row["sentence"].endswith(end) and row["method"] == "network"


def test_a_cue_that_cannot_be_asked_for_has_its_reason():
    row = not_there("cam", "only_outside", "because the network is shown nothing but the brain")
    assert row["sentence"] == "cam: only outside is undefined, because the network is shown nothing but the brain."
    assert row["flagged"] == "undefined" and np.isnan(row["value"])


def test_answers_are_log_odds_of_a_subject_over_its_scans_and_seeds():
    table = pd.DataFrame({"scan": ["b", "a", "c"], "subject": ["s", "s", "t"], "label": [0, 0, 1]})
    table = table.assign(probability_0=0.5, probability_1=0.5, logit_0=[0.0, 1, 2], logit_1=[3.0, 2, 0])
    found = answers_given(table)
    assert found["answer"].tolist() == [2, -2] and found["scan"].tolist() == ["a", "c"]
    amounts = table[["scan", "subject", "label"]].assign(predicted=[30.0, 40, 50])
    assert answers_given(amounts)["answer"].tolist() == [35, 50]
    assert answers_given(table.iloc[:0]).empty


def test_columns_are_found_however_the_table_spells_them_and_empty_ones_left_out():
    table = pd.DataFrame({"scan": ["a", "b"], "site": ["", ""], "brain_volume_ml": [1.0, 2]})
    table = table.assign(brain_volume_input_ml_affine=[3.0, 4], PTGENDER_text=["F", "M"])
    found = columns_beside(table, ["b", "a"], ["PtGender", "Age"], "affine")
    assert found == {"size": [4, 3], "native_size": [2, 1], "PtGender": ["M", "F"]}
