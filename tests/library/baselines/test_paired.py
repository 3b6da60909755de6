import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, r2_score, roc_auc_score

from voxplain.baselines.paired import paired_differences, same_scans


def told(n=48, right=0.8, seed=0, splits=3, seeds=(1,), scans_each=1):
    """Predictions of n subjects over splits by a model that is right so often, two of each family."""
    subjects = np.repeat([f"sub-{number:02d}" for number in range(n)], scans_each)
    rows = []
    for number, subject in enumerate(subjects):
        label = number // scans_each % 2
        for one in seeds:
            generator = np.random.default_rng([seed, number, one])
            sure = generator.uniform(0.5, 1)
            probability = sure if (generator.random() < right) == (label == 1) else 1 - sure
            row = {"scan": f"{subject}_ses-{number % scans_each}", "subject": subject}
            row |= {
                "group": f"family-{number // scans_each // 2:02d}",
                "split": f"r1f{1 + number // scans_each % splits}",
            }
            row |= {"seed": one, "label": label, "predicted": int(probability >= 0.5)}
            rows.append(row | {"probability_0": 1 - probability, "probability_1": probability})
    return pd.DataFrame(rows)


def amounts(n=40, error=1.0, seed=0):
    generator = np.random.default_rng(seed)
    label = np.random.default_rng(99).normal(50, 10, n)
    names = [f"sub-{number:02d}" for number in range(n)]
    table = pd.DataFrame({"scan": names, "subject": names, "group": names, "split": "r1f1", "seed": 0, "label": label})
    return table.assign(
        predicted=label + generator.normal(0, error, n), split=np.where(np.arange(n) % 2, "r1f1", "r1f2")
    )


SCORES = {
    "balanced_accuracy": lambda rows: balanced_accuracy_score(rows["label"], rows["predicted"]),
    "roc_auc": lambda rows: roc_auc_score(rows["label"], rows["probability_1"]),
    "r2": lambda rows: r2_score(rows["label"], rows["predicted"]),
    "mae": lambda rows: mean_absolute_error(rows["label"], rows["predicted"]),
}


def mean_of_splits(rows, measure):
    """By scikit-learn: the mean over splits of the mean over seeds."""
    return rows.groupby("split").apply(
        lambda split: split.groupby("seed").apply(SCORES[measure], include_groups=False).mean(), include_groups=False
    ).mean()  # fmt: skip


def by_a_plain_loop(first, second, measure, draws, seed):
    """The difference in every resample of families, whose rows are written out as often as they are drawn."""
    families = np.unique(first["group"])
    drawn = np.random.default_rng(seed).multinomial(len(families), np.full(len(families), 1 / len(families)), draws)
    found = []
    for counts in drawn:
        often = dict(zip(families, counts, strict=True))
        resampled = [one.loc[one.index.repeat(one["group"].map(often))] for one in (first, second)]
        found.append(mean_of_splits(resampled[0], measure) - mean_of_splits(resampled[1], measure))
    return found


@pytest.mark.parametrize("measure", ["balanced_accuracy", "roc_auc"])
def test_the_interval_is_that_of_families_drawn_in_a_plain_loop_for_both_models_alike(measure):
    first, second = told(right=0.85, seed=1, seeds=(1, 2), scans_each=2), told(right=0.6, seed=2, scans_each=2)
    found, count, paired_by = paired_differences(first, second, [measure], bootstrap=25, seed=4)
    looped = by_a_plain_loop(first, second, measure, 25, 4)
    assert found[measure].value == pytest.approx(mean_of_splits(first, measure) - mean_of_splits(second, measure))
    low, high = np.quantile(looped, [0.025, 0.975])
    assert (found[measure].low, found[measure].high) == pytest.approx((low, high))
    assert (count, paired_by) == (96, "split")


@pytest.mark.parametrize(("measure", "better"), [("r2", "yes"), ("mae", "yes")])
def test_of_amounts_a_smaller_error_is_better_and_a_larger_r2(measure, better):
    close, far = amounts(error=1, seed=1), amounts(error=8, seed=2)
    found = paired_differences(close, far, [measure], 25, 4)[0][measure]
    looped = by_a_plain_loop(close, far, measure, 25, 4)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(looped, [0.025, 0.975])))
    assert found.better == better
    assert paired_differences(far, close, [measure], 25, 4)[0][measure].better == "no"


def test_a_model_beside_itself_differs_by_nothing_and_nothing_is_decided():
    rows = told()
    found = paired_differences(rows, rows, ["balanced_accuracy"], 50)[0]["balanced_accuracy"]
    assert (found.value, found.low, found.high, found.better) == (0, 0, 0, "undecided")


def by_weight(rows, seed):
    """The balanced accuracy, mean of splits, of one resample of families, by scikit-learn's weights."""
    families = np.unique(rows["group"])
    drawn = np.random.default_rng(seed).multinomial(len(families), np.full(len(families), 1 / len(families)))
    weighted = rows.assign(weight=rows["group"].map(dict(zip(families, drawn, strict=True))))
    return np.mean(
        [
            balanced_accuracy_score(one["label"], one["predicted"], sample_weight=one["weight"])
            for _, one in weighted.groupby("split")
        ]
    )


def test_models_that_miss_the_same_scans_are_told_apart_by_pairing_and_not_without():
    second = told(n=60, right=0.7, seed=3)
    wrong = second.index[(second["label"] != second["predicted"])]
    first = second.copy()
    first.loc[wrong[::2], "predicted"] = first.loc[wrong[::2], "label"]
    found = paired_differences(first, second, ["balanced_accuracy"], 400)[0]["balanced_accuracy"]
    unpaired = [by_weight(first, seed) - by_weight(second, 1000 + seed) for seed in range(200)]
    assert found.better == "yes" and np.quantile(unpaired, 0.025) < 0


def test_only_scans_that_both_are_told_of_count():
    first, second = told(), told(right=0.6, seed=5)
    some = second.iloc[8:]
    found, count, _ = paired_differences(first, some, ["balanced_accuracy"], 50)
    expected = mean_of_splits(first.iloc[8:], "balanced_accuracy") - mean_of_splits(some, "balanced_accuracy")
    assert count == 40 and found["balanced_accuracy"].value == pytest.approx(expected)


def test_models_of_other_folds_are_judged_together_on_the_scans_of_the_first_repeat():
    first = told()
    first = pd.concat([first, told(seed=8).assign(split=lambda rows: "r2" + rows["split"].str[2:])], ignore_index=True)
    left_out = told(right=0.6, seed=5).assign(split=[f"r1f{place + 1}" for place in range(48)])
    found, count, paired_by = paired_differences(first, left_out, ["balanced_accuracy"], 50)
    pooled = [SCORES["balanced_accuracy"](one) for one in (first.iloc[:48], left_out)]
    assert (count, paired_by) == (48, "scan")
    assert found["balanced_accuracy"].value == pytest.approx(pooled[0] - pooled[1])


def test_a_split_that_one_model_could_not_predict_is_left_out_of_both():
    first, second = told(), told(right=0.6, seed=5)
    second = second[second["split"] != "r1f2"]
    one, other, paired_by = same_scans(first, second)
    assert set(one["split"]) == {"r1f1", "r1f3"} and one["scan"].tolist() == other["scan"].tolist()
    assert paired_by == "split"


def test_a_model_that_predicts_nothing_is_undefined_and_not_worse():
    found, count, _ = paired_differences(told(), told().iloc[:0], ["roc_auc"], 50)
    assert found["roc_auc"].better == "undefined" and np.isnan(found["roc_auc"].value) and count == 0


@pytest.mark.slow
def test_two_models_that_know_equally_little_are_told_apart_about_as_rarely_as_promised():
    """Two coins on 60 subjects; 95 % intervals should leave 0 out one time in twenty."""
    called = []
    for seed in range(300):
        pair = (
            told(n=60, right=0.7, seed=1000 + 2 * seed + one).assign(group=lambda rows: rows["subject"])
            for one in (0, 1)
        )
        called.append(paired_differences(*pair, ["balanced_accuracy"], 300)[0]["balanced_accuracy"].better)
    share = np.mean([one in ("yes", "no") for one in called])
    assert 0.01 < share < 0.11


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    first, second = told(), told(right=0.6, seed=5)
    intervals = [paired_differences(first, second, ["roc_auc"], 80, seed)[0]["roc_auc"] for seed in (1, 1, 2)]
    assert intervals[0] == intervals[1] and intervals[0].low != intervals[2].low
