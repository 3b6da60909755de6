import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.metrics import balanced_accuracy_score

from tests.library.baselines.tabular.morphometry import MEASURES, entry, made_features, made_folds, made_labels
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.baselines.tabular.importances import importance_table, model_importances, permutation_importances


def fitted_on_one_split(model, labels=None, classes=2, **asked):
    labels = made_labels(classes) if labels is None else labels
    folds = made_folds(labels)
    features = made_features(labels, asked=asked.pop("columns", ("measures", "Age")))
    fitted = fitted_out_of_fold(features, folds[folds["split"] == "r1f1"], entry(model, **asked), classes)
    pipeline, held_out = fitted.pipelines["r1f1", ""]
    return pipeline, features.table.loc[held_out["scan"]], held_out["label"].to_numpy()


def test_a_logistic_regression_goes_by_the_size_of_its_coefficients():
    pipeline, _, _ = fitted_on_one_split("logistic_regression", columns=MEASURES)
    found, kind = model_importances(pipeline)
    assert kind == "coefficient"
    np.testing.assert_allclose([found[name] for name in MEASURES], np.abs(pipeline["model"].coef_[0]))
    table = importance_table([(kind, "", found)], MEASURES)
    expected = np.abs(pipeline["model"].coef_[0]) / np.abs(pipeline["model"].coef_[0]).max()
    np.testing.assert_allclose(table.set_index("feature").loc[MEASURES, "relative"], expected)
    assert table["relative"].max() == 1 and table["feature"][0] == "FS_Mask_Vol"


def test_boosted_trees_go_by_the_gain_that_the_booster_itself_tells():
    pipeline, _, _ = fitted_on_one_split("xgboost", columns=MEASURES)
    found, kind = model_importances(pipeline)
    gains = pipeline["model"].get_booster().get_score(importance_type="gain")
    expected = np.array([gains.get(f"f{place}", 0) for place in range(len(MEASURES))])
    assert kind == "gain"
    ours = np.array([found[name] for name in MEASURES])
    np.testing.assert_allclose(ours / ours.max(), expected / expected.max(), rtol=1e-5)


@pytest.mark.parametrize("model", ["random_forest", "extra_trees", "gradient_boosting"])
def test_other_trees_go_by_impurity_and_levels_of_a_text_are_one_feature(model):
    pipeline, _, _ = fitted_on_one_split(model)
    found, kind = model_importances(pipeline)
    assert kind == "impurity" and set(found) == {*MEASURES, "Age"}
    np.testing.assert_allclose(sum(found.values()), 1)
    np.testing.assert_allclose(found["Age"], pipeline["model"].feature_importances_[5:].sum())


def test_neighbours_and_a_kernel_say_nothing_of_themselves_and_a_linear_one_does():
    assert model_importances(fitted_on_one_split("knn")[0]) == (None, "")
    assert model_importances(fitted_on_one_split("svc")[0]) == (None, "")
    assert model_importances(fitted_on_one_split("svc", options={"kernel": "linear"})[0])[1] == "coefficient"


def test_the_second_of_two_steps_says_what_it_goes_by():
    pipeline, _, _ = fitted_on_one_split("logistic_regression", classes=4, anomaly={"class": 3})
    found, _ = model_importances(pipeline)
    np.testing.assert_allclose(found["FS_Area"], np.abs(pipeline["model"].model_.coef_[:, 2]).mean())


def test_what_is_dealt_out_anew_loses_what_scikit_learn_says_it_loses():
    pipeline, rows, labels = fitted_on_one_split("logistic_regression")
    ours = permutation_importances(pipeline, rows, labels, "balanced_accuracy", seed=9)
    plain = permutation_importance(pipeline, rows, labels, scoring="balanced_accuracy", n_repeats=10, random_state=9)
    np.testing.assert_array_equal(list(ours.values()), plain.importances_mean)
    assert list(ours) == list(rows)


def test_a_feature_that_decides_loses_what_chance_loses_and_the_others_nothing():
    labels = made_labels()
    features = made_features(labels, asked=["FS_Area", "FS_Curv"])
    features.table["FS_Area"] = labels * 10.0
    fitted = fitted_out_of_fold(features, made_folds(labels), entry("logistic_regression"))
    pipeline, held_out = fitted.pipelines["r1f1", ""]
    rows, told = features.table.loc[held_out["scan"]], held_out["label"].to_numpy()
    assert balanced_accuracy_score(told, pipeline.predict(rows)) == 1
    found = permutation_importances(pipeline, rows, told, "balanced_accuracy")
    assert 0.25 < found["FS_Area"] < 0.75 and found["FS_Curv"] == 0


def test_one_scan_or_one_class_is_not_enough_to_lose_anything():
    pipeline, rows, labels = fitted_on_one_split("logistic_regression")
    assert permutation_importances(pipeline, rows[:1], labels[:1], "accuracy") is None
    same = labels == 0
    assert permutation_importances(pipeline, rows[same], labels[same], "accuracy") is None


def test_splits_count_alike_and_equal_features_stand_by_name():
    told = [("gain", "", {"b": 4.0, "a": 4.0, "c": 1.0}), ("gain", "", {"b": 0.1, "a": 0.1, "z": 0.05})]
    table = importance_table(told, ["z", "c", "b", "a"])
    assert table["feature"].tolist() == ["a", "b", "z", "c"] and table["rank"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(table["value"], [1, 1, 0.25, 0.125])
    np.testing.assert_allclose(table["sd"], [0, 0, np.std([0, 0.5], ddof=1), np.std([0.25, 0], ddof=1)])
    assert table["relative"].max() == 1 and (table["splits"] == 2).all()
    turned = importance_table(told, ["a", "b", "c", "z"])
    assert turned.equals(table)


def test_models_that_are_parted_are_ranked_apart_and_nothing_important_stays_at_0():
    table = importance_table([("gain", "F", {"a": 2.0}), ("gain", "M", {"a": 0.0, "b": 0.0})], ["a", "b"])
    assert table["part"].tolist() == ["F", "F", "M", "M"]
    assert table["value"].tolist() == [1, 0, 0, 0] and table["relative"].isna().tolist() == [False, False, True, True]
