import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from scipy.stats import pearsonr
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

from tests.library.training.made_predictions import made_amounts, made_classes
from voxplain.baselines.answers_and_size import answers_of, size_correlation


def made_sizes(predictions, seed=4):
    drawn = np.random.default_rng(seed).normal(1200, 100, len(predictions))
    return pd.Series(drawn + 80 * predictions["label"].to_numpy(float), predictions["scan"])


def test_answers_are_log_odds_of_class_1_of_ones_own_class_or_errors():
    two, three, amounts = made_classes(classes=2), made_classes(), made_amounts()
    np.testing.assert_allclose(answers_of(two), logit(two["probability_1"]), rtol=1e-9)
    own = [row[f"probability_{int(row['label'])}"] for _, row in three.iterrows()]
    np.testing.assert_allclose(answers_of(three), logit(own), rtol=1e-9)
    np.testing.assert_array_equal(answers_of(amounts), amounts["predicted"] - amounts["label"])


def test_logits_are_believed_before_probabilities():
    table = made_classes(classes=2).assign(logit_0=0.0, logit_1=np.arange(60.0))
    np.testing.assert_allclose(answers_of(table), np.arange(60.0))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_correlation_is_that_of_what_class_and_split_leave_of_both(classes):
    """Beside scikit-learn: both regressed on a column for each class of each split, one network's answers alone."""
    table = made_classes(classes=classes, splits=1)
    sizes = made_sizes(table)
    columns = OneHotEncoder(sparse_output=False).fit_transform(table[["label"]])
    left = [
        one - LinearRegression().fit(columns, one).predict(columns) for one in (answers_of(table), sizes.to_numpy())
    ]
    assert size_correlation(table, sizes, 10, 1)["value"] == pytest.approx(pearsonr(*left)[0], abs=1e-12)


def test_a_network_that_weighs_brains_is_found_out_and_classes_alone_are_not():
    table = made_classes(classes=2)
    sizes = made_sizes(table)
    weighs = table.assign(logit_0=0.0, logit_1=(sizes.to_numpy() - 1240) / 50)
    assert size_correlation(weighs, sizes, 100, 1)["value"] > 0.99, "networks are told apart, so not quite 1"
    apart = sizes + 5000 * table["label"].to_numpy()
    found = size_correlation(table, apart, 200, 1)
    assert abs(pearsonr(answers_of(table), apart)[0]) > 0.3 and abs(found["value"]) < 0.3
    assert found["low"] < 0 < found["high"] and found["n"] == 60


def test_one_loud_network_counts_no_more_than_another():
    table = made_classes(classes=2, splits=2)
    sizes = made_sizes(table)
    quiet = table.assign(logit_0=0.0, logit_1=answers_of(table))
    loud = quiet.assign(logit_1=np.where(quiet["split"] == "r1f1", 50 * quiet["logit_1"] + 9, quiet["logit_1"]))
    assert size_correlation(loud, sizes, 10, 1) == pytest.approx(size_correlation(quiet, sizes, 10, 1))


def test_the_bootstrap_is_one_over_groups_by_a_plain_loop():
    table = made_classes(classes=2, splits=1).assign(group=[f"family-{place // 2}" for place in range(60)])
    sizes, draws = made_sizes(table), 40
    answers, size = answers_of(table), sizes.to_numpy()
    generator, found = np.random.default_rng(7), []
    groups = sorted(table["group"].unique())
    for counts in generator.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=draws):
        rows = np.concatenate(
            [np.tile(np.flatnonzero(table["group"] == one), k) for one, k in zip(groups, counts, strict=True)]
        )
        part = pd.DataFrame({"a": answers[rows], "s": size[rows], "label": table["label"].to_numpy()[rows]})
        left = part[["a", "s"]] - part.groupby("label")[["a", "s"]].transform("mean")
        found.append(pearsonr(left["a"], left["s"])[0])
    told = size_correlation(table, sizes, draws, 7)
    np.testing.assert_allclose([told["low"], told["high"]], np.quantile(found, [0.025, 0.975]))


def test_errors_of_a_regression_are_held_against_size():
    table = made_amounts(splits=1)
    sizes = made_sizes(table)
    by_hand = pearsonr(table["predicted"] - table["label"], sizes.to_numpy())[0]
    assert size_correlation(table, sizes, 10, 1)["value"] == pytest.approx(by_hand)


def test_what_does_not_vary_has_no_correlation():
    table = made_classes(classes=2)
    sizes = made_sizes(table)
    same = size_correlation(table, sizes * 0 + 1200, 10, 1)
    assert np.isnan(same["value"]) and same["reason"] == "answers or sizes do not vary"
    flat = table.assign(logit_0=0.0, logit_1=1.0)
    assert np.isnan(size_correlation(flat, sizes, 10, 1)["value"])
    few = size_correlation(table.head(4), sizes, 10, 1)
    assert np.isnan(few["value"]) and few["reason"] == "too few scans" and few["n"] == 4
    assert size_correlation(table.head(0), sizes, 10, 1)["reason"] == "too few scans"
