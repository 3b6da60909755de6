import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, r2_score, silhouette_samples
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from voxplain.insight.permuted import beside_chance, exchanged, is_amount
from voxplain.insight.probes import probe
from voxplain.insight.separation import silhouette


def planted(n=48, d=5, seed=0):
    """Features of which the first knows a class and the second an amount, in families of two."""
    generator = np.random.default_rng(seed)
    sex, age = np.where(np.arange(n) // 2 % 2, "M", "F"), generator.uniform(20, 80, n)
    values = generator.normal(size=(n, d))
    values[:, 0] += 2 * (sex == "M")
    values[:, 1] += age / 10
    return values, sex, age, np.arange(n) // 2


@pytest.mark.parametrize("d", [5, 90])
def test_a_probe_is_scikit_learns_cross_validated_linear_model(d):
    values, sex, age, families = planted(d=d)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000, tol=1e-6))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=1)
    said = cross_val_predict(pipeline, values, sex, groups=families, cv=folds)
    found = probe(values, sex, families, draws=1)
    assert found["value"] == pytest.approx(balanced_accuracy_score(sex, said))
    folds = GroupKFold(5, shuffle=True, random_state=1)
    said = cross_val_predict(make_pipeline(StandardScaler(), Ridge()), values, age, groups=families, cv=folds)
    assert probe(values, age, families, draws=1)["value"] == pytest.approx(r2_score(age, said))


def test_what_is_planted_is_above_chance_and_what_is_not_is_at_it():
    values, sex, age, families = planted()
    for column, chance in ((sex, 0.5), (age, 0)):
        found = probe(values, column, families, draws=25)
        assert found["value"] > found["chance_high"] and found["p"] < 0.05 and found["chance"] < chance + 0.1
        nothing = probe(np.random.default_rng(3).normal(size=values.shape), column, families, draws=25)
        assert nothing["value"] < nothing["chance_high"] and nothing["p"] > 0.05
    assert probe(values, sex, families)["measure"] == "balanced_accuracy"
    assert probe(values, age, families)["measure"] == "r2"


def test_members_of_a_family_never_stand_on_both_sides():
    generator = np.random.default_rng(1)
    families = np.repeat(np.arange(24), 2)
    values = np.repeat(generator.normal(size=(24, 40)), 2, axis=0)
    column = np.repeat(generator.choice(["a", "b"], 24), 2)
    divided, together = probe(values, column, draws=20), probe(values, column, families, draws=20)
    assert divided["value"] > 0.9 and together["value"] < 0.8


def test_what_comes_before_is_fitted_in_each_fold():
    values, sex, _, families = planted()
    pipeline = make_pipeline(PCA(2), StandardScaler(), LogisticRegression(class_weight="balanced"))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=1)
    said = cross_val_predict(pipeline, values, sex, groups=families, cv=folds)
    found = probe(values, sex, families, before=PCA(2), draws=2)
    assert found["value"] == pytest.approx(balanced_accuracy_score(sex, said))


def test_a_probe_that_has_no_answer_is_undefined_and_says_why():
    values, sex, _, _ = planted()
    assert probe(values, np.full(48, "F"))["note"] == "the column has one value alone"
    assert probe(np.ones((48, 3)), sex)["note"] == "all scans have the same features"
    few = probe(values, np.where(np.arange(48) == 0, "rare", "usual"))
    assert "fewer than two" in few["note"] and np.isnan(few["value"]) and np.isnan(few["p"])


def test_a_silhouette_is_scikit_learns_and_its_chance_is_of_permuted_classes():
    values, sex, _, families = planted()
    found = silhouette(values, sex, families)
    assert found["value"] == pytest.approx(silhouette_samples(values, sex).mean())
    assert found["value"] > found["chance_high"] and found["p"] == pytest.approx(1 / 201)
    none = silhouette(np.random.default_rng(1).normal(size=(48, 5)), sex, families)
    assert none["p"] > 0.05
    assert silhouette(values, np.full(48, "F"))["note"] == "1 classes among 48 scans"
    assert np.isnan(silhouette(np.zeros((48, 2)), sex)["value"])


def test_values_are_exchanged_between_families_of_one_size_and_never_inside_one():
    groups = np.array(["a", "a", "b", "b", "c", "d", "e", "e", "e"])
    orders = exchanged(groups, 50, 2)
    assert (np.sort(orders, 1) == np.arange(9)).all()
    assert {tuple(order[:4]) for order in orders} == {(0, 1, 2, 3), (2, 3, 0, 1)}
    assert {tuple(order[4:6]) for order in orders} == {(4, 5), (5, 4)} and (orders[:, 6:] == [6, 7, 8]).all()
    np.testing.assert_array_equal(orders, exchanged(groups, 50, 2))


def test_p_counts_the_draws_that_reach_the_value_and_the_value_itself():
    row = beside_chance(0.8, [0.5, 0.6, 0.8, 0.9])
    assert row["p"] == 3 / 5 and row["chance"] == pytest.approx(0.7)
    assert np.isnan(beside_chance(np.nan, [0.5])["p"])


def test_ages_are_amounts_and_their_groups_and_labels_are_classes():
    assert is_amount(pd.Series(np.arange(30.0))) and not is_amount(pd.Series(np.arange(30) % 2))
    assert not is_amount(pd.Series(["22-25", "26-30"] * 9))
