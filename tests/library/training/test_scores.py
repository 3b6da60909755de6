import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from voxplain.training.scores import score_predictions, weighted_scores


def made(n=60, splits=3, seeds=(1,), seed=0, scans_each=1):
    generator = np.random.default_rng(seed)
    rows = []
    for number in range(n):
        for visit in range(scans_each):
            for one in seeds:
                probability = np.clip(generator.normal(0.4 + 0.2 * (number % 2), 0.2), 0, 1).round(1)
                rows.append(
                    {
                        "scan": f"sub-{number}_ses-{visit}",
                        "subject": f"sub-{number}",
                        "split": f"r1f{number // 2 % splits + 1}",
                        "seed": one,
                        "label": number % 2,
                        "predicted": int(probability > 0.5),
                        "probability_0": 1 - probability,
                        "probability_1": probability,
                    }
                )
    return pd.DataFrame(rows)


def row(scores, measure, split="all"):
    return scores[(scores["measure"] == measure) & (scores["split"] == split)].iloc[0]


BY_SKLEARN = {
    "accuracy": lambda t, **w: metrics.accuracy_score(t["label"], t["predicted"], **w),
    "balanced_accuracy": lambda t, **w: metrics.balanced_accuracy_score(t["label"], t["predicted"], **w),
    "roc_auc": lambda t, **w: metrics.roc_auc_score(t["label"], t["probability_1"], **w),
    "f1": lambda t, **w: metrics.f1_score(t["label"], t["predicted"], **w),
}


@pytest.mark.parametrize("measure", BY_SKLEARN)
def test_scores_are_sklearns_per_split_with_mean_and_sd_over_splits(measure):
    predictions = made()
    scores = score_predictions(predictions, "network", bootstrap=50)
    expected = [BY_SKLEARN[measure](table) for _, table in predictions.groupby("split")]
    found = [row(scores, measure, split)["value"] for split in ("r1f1", "r1f2", "r1f3")]
    assert found == pytest.approx(expected)
    whole = row(scores, measure)
    assert whole["value"] == whole["mean"] == pytest.approx(np.mean(expected))
    assert whole["sd"] == pytest.approx(np.std(expected, ddof=1))
    assert whole["low"] < whole["mean"] < whole["high"] and whole["n"] == 60
    assert (scores["model"] == "network").all()


@pytest.mark.parametrize("measure", BY_SKLEARN)
def test_weighted_scores_are_sklearns(measure):
    table = made(30)
    weights = np.random.default_rng(1).integers(0, 4, (5, 30)).astype(float)
    expected = [BY_SKLEARN[measure](table, sample_weight=one) for one in weights]
    np.testing.assert_allclose(weighted_scores(table, weights)[measure], expected)


def test_the_confusion_matrix_counts_every_scan_once():
    predictions = made()
    scores = score_predictions(predictions, "network", bootstrap=10)
    matrix = metrics.confusion_matrix(predictions["label"], predictions["predicted"])
    for (label, predicted), count in np.ndenumerate(matrix):
        name = f"confusion_{label}_{predicted}"
        assert row(scores, name)["value"] == count
        assert sum(row(scores, name, f"r1f{fold}")["value"] for fold in (1, 2, 3)) == count


def test_several_seeds_of_a_split_are_averaged_first():
    predictions = made(seeds=(1, 2))
    whole = row(score_predictions(predictions, "network", bootstrap=50), "accuracy")
    expected = [
        np.mean([BY_SKLEARN["accuracy"](one) for _, one in rest.groupby("seed")])
        for _, rest in predictions.groupby("split")
    ]
    assert whole["mean"] == pytest.approx(np.mean(expected)) and whole["sd"] == pytest.approx(np.std(expected, ddof=1))
    assert whole["n"] == 60


def test_the_bootstrap_draws_subjects_and_not_scans():
    one = made(60, splits=1)
    four = pd.concat([one.assign(scan=one["scan"] + f"-{visit}") for visit in range(4)], ignore_index=True)
    single, repeated = (row(score_predictions(table, "network", 400), "accuracy") for table in (one, four))
    assert repeated["n"] == 240
    assert (repeated["low"], repeated["high"]) == pytest.approx((single["low"], single["high"]))


def test_the_interval_is_that_of_a_binomial_share():
    rows = made(100, splits=1)
    rows["predicted"] = np.where(np.arange(100) % 5 == 0, 1 - rows["label"], rows["label"])
    found = row(score_predictions(rows, "network", bootstrap=4000), "accuracy")
    half = 1.96 * np.sqrt(0.8 * 0.2 / 100)
    assert found["low"] == pytest.approx(0.8 - half, abs=0.015)
    assert found["high"] == pytest.approx(0.8 + half, abs=0.015)


def test_a_score_that_is_not_defined_is_empty_with_its_reason():
    predictions = made()
    predictions.loc[predictions["split"] == "r1f2", "label"] = 0
    scores = score_predictions(predictions, "network", bootstrap=20)
    for measure in ("roc_auc", "balanced_accuracy"):
        part, whole = row(scores, measure, "r1f2"), row(scores, measure)
        assert np.isnan(part["value"]) and "one class" in part["reason"]
        assert whole["value"] > 0 and whole["reason"] == "defined in 2 of 3 splits"
    predictions["label"] = predictions["predicted"] = 0
    scores = score_predictions(predictions, "network", bootstrap=20)
    assert np.isnan(row(scores, "roc_auc")["value"]) and row(scores, "roc_auc")["reason"]
    assert np.isnan(row(scores, "f1")["value"]) and "neither" in row(scores, "f1", "r1f1")["reason"]
    assert row(scores, "accuracy")["value"] == 1


def test_no_prediction_gives_empty_scores():
    scores = score_predictions(made(2).iloc[:0], "network", bootstrap=20)
    assert scores["split"].eq("all").all() and scores["value"].isna().all()
    assert scores["reason"].eq("no scan was predicted").all()


def test_the_same_seed_gives_the_same_interval():
    one, two = (score_predictions(made(), "network", 100, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
