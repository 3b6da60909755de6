import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

from voxplain.errors import InputError, SettingsError
from voxplain.insight.answers import Answers, as_answers
from voxplain.insight.simplest import inner_folds, simplest
from voxplain.insight.surrogates import fit_surrogate

N = 60


@pytest.fixture(scope="module")
def features():
    generator = np.random.default_rng(7)
    values = generator.normal(size=(N, 8)) * [1, 5, 0.1, 1, 2, 3, 1, 1] + 4
    return pd.DataFrame(values, columns=[f"region {one}" for one in range(8)])


def line(features):
    return 2 * features["region 0"] - 0.5 * features["region 1"] + 8 * features["region 2"] + 1


def answers(*values, amounts=False):
    return Answers(np.column_stack(values).astype(float), amounts)


def test_answers_of_classes_lose_what_changes_no_probability():
    logits = np.random.default_rng(1).normal(size=(5, 3))
    assert np.allclose(as_answers(logits).values, as_answers(logits + 7).values)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(as_answers(logits).probabilities, expected)
    two = as_answers(logits[:, :2])
    assert np.allclose(two.values[:, 0], logits[:, 1] - logits[:, 0]) and not two.amounts
    assert np.allclose(two.probabilities[:, 1], 1 / (1 + np.exp(-two.values[:, 0])))
    assert as_answers(logits[:, :1]).amounts and as_answers(logits[:, :1]).probabilities is None


def test_a_line_of_three_features_is_found_whole_with_the_weights_of_least_squares(features):
    shown, held_out = features[:45], features[45:]
    found = fit_surrogate("linear", shown, answers(line(shown)), np.arange(45))
    assert np.allclose(found.told(held_out)[:, 0], line(held_out), atol=1e-8)
    weights = found.terms.set_index("feature")["weight"]
    expected = LinearRegression().fit((shown - shown.mean()) / shown.std(ddof=0), line(shown))
    for place in range(3):
        assert weights[f"region {place}"] == pytest.approx(expected.coef_[place], abs=1e-8)
    assert weights["intercept"] == pytest.approx(line(shown).mean())


def test_with_noise_the_line_keeps_to_the_features_that_matter_and_one_standard_error_is_the_sparser(features):
    noisy = line(features) + np.random.default_rng(3).normal(size=N) * 0.8
    sparse = fit_surrogate("linear", features, answers(noisy), np.arange(N))
    rich = fit_surrogate("linear", features, answers(noisy), np.arange(N), rule="best")
    assert {"region 0", "region 1"} <= set(sparse.terms["feature"])
    assert sparse.chosen["features"] <= 4 and sparse.chosen["features"] <= rich.chosen["features"]


def test_every_output_has_a_line_of_its_own(features):
    found = fit_surrogate("linear", features, answers(line(features), -3 * features["region 5"]), np.arange(N))
    assert np.allclose(found.told(features), np.column_stack([line(features), -3 * features["region 5"]]), atol=1e-8)
    assert set(found.terms.loc[found.terms["output"] == 1, "feature"]) == {"intercept", "region 5"}


def test_a_logistic_regression_learns_probabilities_and_not_classes(features):
    odds = (line(features) - line(features).mean()) * 0.7
    found = fit_surrogate("logistic", features, answers(odds), np.arange(N), rule="best")
    inputs = (features - features.mean()) / features.std(ddof=0)
    probability = 1 / (1 + np.exp(-odds))
    doubled = pd.concat([inputs, inputs])
    reference = LogisticRegression(C=found.chosen["C"], l1_ratio=1, solver="saga", max_iter=20000, tol=1e-7)
    reference.fit(doubled, np.repeat([1, 0], N), sample_weight=np.concatenate([probability, 1 - probability]))
    assert np.allclose(found.told(features)[:, 0], reference.decision_function(inputs), atol=0.02)
    assert np.corrcoef(found.told(features)[:, 0], odds)[0, 1] ** 2 > 0.999


def test_a_tree_is_scikit_learns_and_its_words_have_the_units_of_the_features(features):
    bent = np.where(features["region 1"] > 6.0, 3.0, -1.0)
    found = fit_surrogate("tree", features, answers(bent), np.arange(N), max_depth=4)
    assert found.chosen["depth"] == 1 and list(found.terms["feature"]) == ["region 1"]
    reference = DecisionTreeRegressor(max_depth=1, min_samples_leaf=3).fit(features, bent)
    assert np.array_equal(found.told(features)[:, 0], reference.predict(features))
    assert f"region 1 <= {reference.tree_.threshold[0]:.4g}" in found.text


def test_missing_values_are_the_median_and_constant_columns_count_for_nothing(features):
    gapped = features.assign(same=3.0)
    gapped.loc[4, "region 7"] = np.nan
    filled = features.assign(same=3.0)
    filled.loc[4, "region 7"] = gapped["region 7"].median()
    told = [
        fit_surrogate("linear", one, answers(line(features)), np.arange(N)).told(filled) for one in (gapped, filled)
    ]
    assert np.allclose(*told)


def test_nobody_is_on_both_sides_of_an_inner_fold_and_the_same_seed_gives_the_same():
    groups = np.repeat(np.arange(9), 3)
    folds = inner_folds(groups, 5)
    assert all(not set(groups[fitted]) & set(groups[judged]) for fitted, judged in folds)
    assert sorted(np.concatenate([judged for _, judged in folds])) == list(range(27))
    again = inner_folds(groups, 5)
    assert all(np.array_equal(one[0], other[0]) for one, other in zip(folds, again, strict=True))


def test_the_simplest_within_a_standard_error_of_the_best_is_chosen():
    losses = np.array([[9.0, 4.2, 4.0, 5.0], [9.0, 3.0, 2.0, 6.0], [9.0, 3.4, 3.0, 7.0]])
    # means 9, 3.53, 3, 6; the best has a standard error of 1 / sqrt(3) = 0.577
    assert simplest(losses) == 1 and simplest(losses, "best") == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "forest"}, "surrogate is 'forest'; use one of linear, logistic, tree"),
        ({"rule": "two_se"}, "rule is 'two_se'; use one of one_se, best"),
        ({"kind": "logistic", "amounts": True}, "answers with an amount, not classes; use linear or tree"),
        ({"kind": "tree", "max_depth": 0}, "max_depth is 0; give a whole number of at least 1"),
    ],
)
def test_what_cannot_be_asked_for_is_a_line(features, change, why):
    kind, amounts = change.pop("kind", "linear"), change.pop("amounts", False)
    with pytest.raises(SettingsError, match=why):
        fit_surrogate(kind, features, answers(line(features), amounts=amounts), np.arange(N), **change)


def test_features_that_cannot_be_used_are_a_line(features):
    asked = answers(line(features))
    with pytest.raises(InputError, match='"site" is text'):
        fit_surrogate("linear", features.assign(site="a"), asked, np.arange(N))
    with pytest.raises(InputError, match='"odd" has an infinite value'):
        fit_surrogate("linear", features.assign(odd=np.inf), asked, np.arange(N))
    with pytest.raises(InputError, match="no feature varies"):
        fit_surrogate("linear", features[["region 0"]] * 0, asked, np.arange(N))
    with pytest.raises(InputError, match="60 training scans of 1 subject"):
        fit_surrogate("linear", features, asked, np.zeros(N))
    with pytest.raises(InputError, match="features of 59 scans, but answers to 60"):
        fit_surrogate("linear", features[1:], asked, np.arange(N - 1))
    found = fit_surrogate("linear", features, asked, np.arange(N))
    with pytest.raises(InputError, match='no feature "region 3"'):
        found.told(features.drop(columns="region 3"))
