import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.library.training.made_predictions import made_amounts
from voxplain.baselines.adjusted import adjusted_table, matched_rows
from voxplain.errors import InputError

HOW = {"bootstrap": 50, "seed": 1}


@pytest.fixture
def weighed():
    """120 subjects of whom class 1 is larger, three splits, and a model that knows nothing but their size."""
    generator = np.random.default_rng(2)
    label = np.arange(120) % 2
    size = generator.normal(1200 + 120 * label, 100)
    scans = pd.DataFrame({"scan": [f"sub-{place:03d}" for place in range(120)], "brain_volume_ml": size})
    rows = pd.DataFrame({"scan": scans["scan"], "subject": scans["scan"], "label": label, "seed": 1})
    rows = rows.assign(group=rows["subject"], split=[f"r1f{place // 2 % 3 + 1}" for place in range(120)])
    probability = 1 / (1 + np.exp(-(size - 1260) / 40))
    rows = rows.assign(predicted=(probability > 0.5).astype(int))
    return rows.assign(probability_0=1 - probability, probability_1=probability), scans


def test_matched_subjects_are_pairs_of_one_split_that_are_alike(weighed):
    rows, scans = weighed
    kept = matched_rows(rows, scans, {"brain_volume_ml": 20}, seed=1)
    assert 20 < len(kept) < len(rows)
    for _, part in kept.groupby("split"):
        sizes = part.merge(scans, on="scan").sort_values("brain_volume_ml")
        assert (part["label"] == 0).sum() == (part["label"] == 1).sum()
        gap = np.sort(sizes.loc[sizes.label == 0, "brain_volume_ml"]) - np.sort(
            sizes.loc[sizes.label == 1, "brain_volume_ml"]
        )
        assert np.abs(gap).max() <= 20, "pairs in order of size are at most as far apart as any other pairs"


def test_a_model_that_knows_only_size_falls_to_chance_where_size_is_matched(weighed):
    rows, scans = weighed
    table = adjusted_table({"size": ("confound", rows)}, scans, {"brain_volume_ml": 10}, **HOW)
    auc = table[table["measure"] == "roc_auc"].set_index("adjustment")
    by_hand = np.mean([roc_auc_score(part["label"], part["probability_1"]) for _, part in rows.groupby("split")])
    assert auc.loc["none", "value"] == pytest.approx(by_hand) and by_hand > 0.7
    assert auc.loc["matched", "low"] < 0.5 < auc.loc["matched", "high"] and abs(auc.loc["matched", "value"] - 0.5) < 0.1
    assert auc.loc["matched", "n"] < auc.loc["none", "n"] == 120


def test_a_model_that_knows_the_class_stays_as_good(weighed):
    rows, scans = weighed
    sure = rows.assign(predicted=rows["label"], probability_0=1.0 - rows["label"], probability_1=1.0 * rows["label"])
    table = adjusted_table({"network": ("network", sure)}, scans, {"brain_volume_ml": 10}, **HOW)
    assert (table["value"] == 1).all() and set(table["adjustment"]) == {"none", "matched"}


def test_every_model_is_judged_on_the_same_matched_subjects(weighed):
    rows, scans = weighed
    models = {"network": ("network", rows), "table": ("tabular", rows[20:]), "nothing": ("confound", rows[:0])}
    table = adjusted_table(models, scans, {"brain_volume_ml": 20}, residual=["table"], **HOW)
    matched = table[table["adjustment"].str.contains("matched") & (table["measure"] == "roc_auc")].set_index("model")
    assert matched.loc["network", "n"] == matched.loc["table", "n"] > 0
    assert matched.loc["table", "adjustment"] == "residuals, matched"
    assert matched.loc["nothing", "n"] == 0 and matched.loc["nothing", "reason"] == "it predicts nothing; see its card"


def test_who_has_no_size_or_no_partner_is_not_matched(weighed):
    rows, scans = weighed
    without = scans.assign(brain_volume_ml=scans["brain_volume_ml"].where(scans["scan"] != "sub-000"))
    assert "sub-000" not in set(matched_rows(rows, without, {"brain_volume_ml": 500}, 1)["scan"])
    table = adjusted_table({"a": ("network", rows)}, scans, {"brain_volume_ml": 1e-9}, **HOW)
    lost = table[table["adjustment"] == "matched"]
    assert lost["value"].isna().all() and lost["reason"].unique().tolist() == ["no two subjects of a split are alike"]


def test_an_unknown_column_is_named_and_amounts_are_not_matched(weighed):
    rows, scans = weighed
    with pytest.raises(InputError, match="names Hair, which no scan has; there are scan, brain_volume_ml"):
        matched_rows(rows, scans, {"Hair": "exact"}, 1)
    table = adjusted_table({"a": ("network", made_amounts())}, scans, {"brain_volume_ml": 10}, **HOW)
    assert table["measure"].tolist() == ["r2", "mae"] and (table["adjustment"] == "none").all()
