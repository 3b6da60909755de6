import numpy as np
import pytest
from sklearn import metrics

from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.training.scores import score_predictions, weighted_scores


def row(scores, measure, split="all"):
    return scores[(scores["measure"] == measure) & (scores["split"] == split)].iloc[0]


def probabilities(table):
    return table.filter(regex="^probability_").to_numpy()


def hot(table):
    return np.eye(probabilities(table).shape[1])[table["label"]]


TWO = {
    "pr_auc": lambda t, **w: metrics.average_precision_score(t["label"], t["probability_1"], **w),
    "brier": lambda t, **w: metrics.brier_score_loss(t["label"], t["probability_1"], **w),
    "roc_auc": lambda t, **w: metrics.roc_auc_score(t["label"], t["probability_1"], **w),
    "f1": lambda t, **w: metrics.f1_score(t["label"], t["predicted"], **w),
}
THREE = {
    "accuracy": lambda t, **w: metrics.accuracy_score(t["label"], t["predicted"], **w),
    "balanced_accuracy": lambda t, **w: metrics.balanced_accuracy_score(t["label"], t["predicted"], **w),
    "f1": lambda t, **w: metrics.f1_score(t["label"], t["predicted"], average="macro", **w),
    "roc_auc": lambda t, **w: metrics.roc_auc_score(t["label"], probabilities(t), multi_class="ovr", **w),
    "pr_auc": lambda t, **w: metrics.average_precision_score(hot(t), probabilities(t), average="macro", **w),
    "brier": lambda t, **w: metrics.brier_score_loss(t["label"], probabilities(t), scale_by_half=False, **w),
}
AMOUNTS = {
    "mae": lambda t, **w: metrics.mean_absolute_error(t["label"], t["predicted"], **w),
    "rmse": lambda t, **w: metrics.root_mean_squared_error(t["label"], t["predicted"], **w),
    "r2": lambda t, **w: metrics.r2_score(t["label"], t["predicted"], **w),
}
CASES = [
    *((made_classes(classes=2), name, score) for name, score in TWO.items()),
    *((made_classes(), name, score) for name, score in THREE.items()),
    *((made_amounts(), name, score) for name, score in AMOUNTS.items()),
]
NAMES = [f"{kind}-{name}" for kind, group in (("two", TWO), ("three", THREE), ("amounts", AMOUNTS)) for name in group]


@pytest.mark.parametrize(("predictions", "measure", "expected"), CASES, ids=NAMES)
def test_scores_of_every_task_are_sklearns_for_each_split(predictions, measure, expected):
    scores = score_predictions(predictions, "network", bootstrap=40, permutations=20)
    values = [expected(table) for _, table in predictions.groupby("split")]
    assert [row(scores, measure, f"r1f{fold}")["value"] for fold in (1, 2, 3)] == pytest.approx(values)
    whole = row(scores, measure)
    assert whole["mean"] == pytest.approx(np.mean(values)) and whole["sd"] == pytest.approx(np.std(values, ddof=1))
    assert whole["low"] < whole["mean"] < whole["high"] and whole["n"] == len(predictions)


@pytest.mark.parametrize(("predictions", "measure", "expected"), CASES, ids=NAMES)
def test_weighted_scores_of_every_task_are_sklearns(predictions, measure, expected):
    weights = np.random.default_rng(1).integers(0, 4, (5, len(predictions))).astype(float)
    values = [expected(predictions, sample_weight=one) for one in weights]
    np.testing.assert_allclose(weighted_scores(predictions, weights)[measure], values, rtol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_calibration_error_is_the_mean_gap_over_ten_bins(classes):
    table = made_classes(classes=classes)
    if classes == 2:
        stated, right = table["probability_1"].to_numpy(), table["label"].to_numpy()
    else:
        stated, right = probabilities(table).max(1), (table["label"] == table["predicted"]).to_numpy(float)
    gap = 0.0
    for low in np.arange(10) / 10:
        there = (stated > low) & (stated <= low + 0.1)
        if there.any():
            gap += there.mean() * abs(right[there].mean() - stated[there].mean())
    one = table.assign(split="r1f1")
    assert row(score_predictions(one, "network", 5, permutations=5), "calibration_error")["value"] == pytest.approx(gap)
    assert weighted_scores(one, np.ones((1, len(one))))["calibration_error"] == pytest.approx(gap)


def test_probabilities_that_come_true_as_often_as_they_say_are_calibrated():
    rows = [(0.25, 1), *[(0.25, 0)] * 3, *[(0.75, 1)] * 3, (0.75, 0)]
    table = made_classes(8, 2, splits=1).assign(probability_1=[one for one, _ in rows], label=[one for _, one in rows])
    table["probability_0"] = 1 - table["probability_1"]
    assert row(score_predictions(table, "network", 5), "calibration_error")["value"] == pytest.approx(0)
    assert row(score_predictions(table.assign(label=1 - table["label"]), "network", 5), "calibration_error")[
        "value"
    ] == pytest.approx(0.5)


def test_the_confusion_of_three_classes_is_sklearns():
    predictions = made_classes()
    scores = score_predictions(predictions, "network", bootstrap=5, permutations=5)
    matrix = metrics.confusion_matrix(predictions["label"], predictions["predicted"])
    assert matrix.shape == (3, 3)
    for (label, predicted), count in np.ndenumerate(matrix):
        assert row(scores, f"confusion_{label}_{predicted}")["value"] == count


def test_an_area_is_not_defined_where_a_class_is_missing_and_says_which():
    predictions = made_classes()
    predictions = predictions[(predictions["split"] != "r1f2") | (predictions["label"] != 2)]
    scores = score_predictions(predictions, "network", bootstrap=10, permutations=10)
    part = row(scores, "roc_auc", "r1f2")
    assert np.isnan(part["value"]) and part["reason"] == "class 2 is not among the scans"
    assert row(scores, "pr_auc")["reason"] == "defined in 2 of 3 splits"
    assert row(scores, "balanced_accuracy", "r1f2")["value"] > 0


def test_the_spread_of_one_age_is_not_explained():
    predictions = made_amounts()
    predictions.loc[predictions["split"] == "r1f1", "label"] = 50.0
    scores = score_predictions(predictions, "network", bootstrap=10, permutations=10)
    assert np.isnan(row(scores, "r2", "r1f1")["value"]) and "the same" in row(scores, "r2", "r1f1")["reason"]
    assert row(scores, "mae", "r1f1")["value"] > 0 and "roc_auc" not in set(scores["measure"])
    assert np.isnan(weighted_scores(predictions.assign(label=50.1), np.ones((1, 60)))["r2"]).all()


def test_the_bootstrap_draws_groups_where_families_are_named():
    alone = made_classes(60, 2, splits=1)
    alone["predicted"] = np.where(alone.index // 10 % 2, alone["label"], 1 - alone["label"])
    family = alone.assign(group=alone.index // 10)
    narrow, wide = (row(score_predictions(one, "network", 600), "accuracy") for one in (alone, family))
    assert wide["high"] - wide["low"] > 2 * (narrow["high"] - narrow["low"])
    assert wide["value"] == narrow["value"] == 0.5


def test_leave_one_out_is_judged_over_all_its_splits():
    predictions = made_classes(40, 2)
    whole = predictions.assign(split="r1f1")
    alone = predictions.assign(split=[f"r1f{place + 1}" for place in range(40)])
    one, many = (score_predictions(table, "network", 50, permutations=50) for table in (whole, alone))
    assert set(many["split"]) == {"r1", "all"}
    for measure in ("roc_auc", "balanced_accuracy", "brier"):
        assert row(many, measure)["value"] == row(one, measure)["value"]
        assert row(many, measure)["low"] == row(one, measure)["low"]


def test_leaving_out_one_site_at_a_time_scores_every_site():
    predictions = made_classes(60, 2)
    scores = score_predictions(predictions.assign(group=predictions["split"]), "network", 20, permutations=20)
    assert set(scores["split"]) == {"r1f1", "r1f2", "r1f3", "all"}
