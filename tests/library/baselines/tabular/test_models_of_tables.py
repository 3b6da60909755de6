import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, SVR
from xgboost import XGBClassifier, XGBRegressor

from tests.library.baselines.tabular.morphometry import by_hand, entry, made_features, made_folds, made_labels
from voxplain.baselines.tabular.fitting import fitted_out_of_fold, unfitted
from voxplain.baselines.tabular.models import model_named
from voxplain.errors import InputError
from voxplain.settings.tabular_models import MODELS

BOOSTED = {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.1, "n_jobs": 1}
CLASSIFIERS = {
    "logistic_regression": lambda seed: LogisticRegression(max_iter=10000),
    "svc": lambda seed: SVC(),
    "knn": lambda seed: KNeighborsClassifier(15),
    "random_forest": lambda seed: RandomForestClassifier(n_estimators=20, random_state=seed),
    "extra_trees": lambda seed: ExtraTreesClassifier(n_estimators=20, random_state=seed),
    "gradient_boosting": lambda seed: GradientBoostingClassifier(n_estimators=20, random_state=seed),
    "xgboost": lambda seed: XGBClassifier(**BOOSTED | {"n_estimators": 20}, random_state=seed),
}
REGRESSORS = {
    "ridge": lambda seed: Ridge(),
    "svc": lambda seed: SVR(),
    "knn": lambda seed: KNeighborsRegressor(15),
    "random_forest": lambda seed: RandomForestRegressor(n_estimators=20, random_state=seed),
    "extra_trees": lambda seed: ExtraTreesRegressor(n_estimators=20, random_state=seed),
    "gradient_boosting": lambda seed: GradientBoostingRegressor(n_estimators=20, random_state=seed),
    "xgboost": lambda seed: XGBRegressor(**BOOSTED | {"n_estimators": 20}, random_state=seed),
}


def of_few_trees(model):
    return entry(model, options={"n_estimators": 20} if "n_estimators" in MODELS[model].options else {})


def seed_of(fitted, split):
    model = fitted.pipelines[split, ""][0]["model"]
    return model.get_params().get("random_state")


@pytest.mark.parametrize("model", CLASSIFIERS)
@pytest.mark.parametrize("classes", [2, 3])
def test_out_of_fold_classes_are_those_of_a_plain_loop(model, classes):
    labels = made_labels(classes)
    features, folds = made_features(labels), made_folds(labels)
    fitted = fitted_out_of_fold(features, folds, of_few_trees(model), classes, seed=3)
    assert len(fitted.predictions) == len(labels)
    for split, rows in folds.groupby("split"):
        learnt, judged = rows[rows["role"] != "test"], rows[rows["role"] == "test"]
        ours = fitted.predictions[fitted.predictions["split"] == split]
        inside, outside = by_hand(features, learnt["scan"], judged["scan"])
        plain = CLASSIFIERS[model](seed_of(fitted, split)).fit(inside, learnt["label"])
        assert ours["scan"].tolist() == judged["scan"].tolist()
        np.testing.assert_array_equal(ours["predicted"], plain.predict(outside))
        told = ours[[f"probability_{one}" for one in range(classes)]].to_numpy()
        np.testing.assert_allclose(told.sum(1), 1, atol=1e-6)
        if model == "svc":
            margins = plain.decision_function(outside)
            order = margins if classes == 2 else margins[:, 1]
            shown = told[:, 1] if classes == 2 else np.log(told[:, 1] / told[:, 0]) + margins[:, 0]
            np.testing.assert_array_equal(np.argsort(order, kind="stable"), np.argsort(shown, kind="stable"))
        else:
            np.testing.assert_allclose(told, plain.predict_proba(outside), atol=1e-6)


@pytest.mark.parametrize("model", REGRESSORS)
def test_out_of_fold_amounts_are_those_of_a_plain_loop(model):
    labels = made_labels(None)
    features, folds = made_features(labels), made_folds(labels)
    fitted = fitted_out_of_fold(features, folds, of_few_trees(model), None, seed=3)
    for split, rows in folds.groupby("split"):
        learnt, judged = rows[rows["role"] != "test"], rows[rows["role"] == "test"]
        inside, outside = by_hand(features, learnt["scan"], judged["scan"])
        plain = REGRESSORS[model](seed_of(fitted, split)).fit(inside, learnt["label"])
        ours = fitted.predictions[fitted.predictions["split"] == split]
        np.testing.assert_allclose(ours["predicted"], plain.predict(outside), rtol=1e-6)
    assert "probability_0" not in fitted.predictions


@pytest.mark.parametrize("model", MODELS)
def test_every_option_that_may_be_set_is_one_of_the_model(model):
    for amounts in (False, True):
        if MODELS[model].amounts if amounts else MODELS[model].classes:
            assert set(MODELS[model].options) <= set(model_named(model, amounts).get_params())


CASES = [
    *(entry(model) for model in ("logistic_regression", "svc", "knn", "random_forest", "xgboost")),
    entry("logistic_regression", oversample="smote"),
    entry("logistic_regression", oversample="smote", grid={"C": [0.01, 1]}),
    entry("svc", residualise=["size_ml"]),
    entry("knn", grid={"n_neighbors": [1, 3, 9]}),
    entry("logistic_regression", anomaly={"class": 1}),
    entry("logistic_regression", by="Gender"),
]


@pytest.mark.parametrize("asked", CASES, ids=str)
def test_held_out_rows_change_nothing_that_is_fitted(asked):
    labels = made_labels(2 if not asked["anomaly"] else 3)
    classes = 2 if not asked["anomaly"] else 3
    folds = made_folds(labels)
    folds = folds[folds["split"] == "r1f1"]
    confounds = asked["residualise"]
    features = made_features(labels, confounds=confounds)
    parts = dict(zip(features.table.index, ["F", "M"] * 30, strict=True)) if asked["by"] else None
    held_out = folds.loc[folds["role"] == "test", "scan"]
    probe = features.table.drop(index=held_out)

    other = made_features(labels, confounds=confounds)
    numbers = [column for column in other.table if other.table[column].dtype.kind == "f"]
    other.table.loc[held_out, numbers] = np.random.default_rng(0).normal(1000, 300, (len(held_out), len(numbers)))
    other.table.loc[held_out, "Age"] = "36+"
    changed = folds.copy()
    changed.loc[changed["role"] == "test", "label"] = 1 - changed["label"].clip(upper=1)

    ours = fitted_out_of_fold(features, folds, asked, classes, parts=parts)
    theirs = fitted_out_of_fold(other, changed, asked, classes, parts=parts)
    assert ours.pipelines.keys() == theirs.pipelines.keys() and ours.pipelines
    for key, (pipeline, _) in ours.pipelines.items():
        np.testing.assert_array_equal(pipeline.predict_proba(probe), theirs.pipelines[key][0].predict_proba(probe))
    assert ours.grid.equals(theirs.grid)


def test_one_seed_gives_the_same_forest_twice_and_another_seed_another():
    labels = made_labels()
    told = [
        fitted_out_of_fold(
            made_features(labels), made_folds(labels), of_few_trees("random_forest"), 2, seed
        ).predictions
        for seed in (1, 1, 2)
    ]
    assert told[0].equals(told[1])
    assert not told[0].equals(told[2])


def test_a_class_that_a_split_does_not_train_on_has_probability_0():
    labels = made_labels(3)
    folds = made_folds(labels)
    lacking = folds[~((folds["label"] == 1) & (folds["role"] != "test") & (folds["split"] == "r1f1"))]
    for model in ("xgboost", "logistic_regression"):
        told = fitted_out_of_fold(made_features(labels), lacking, of_few_trees(model), 3).predictions
        first = told[told["split"] == "r1f1"]
        assert (first["probability_1"] == 0).all() and set(first["predicted"]) <= {0, 2}
        assert (told.loc[told["split"] != "r1f1", "probability_1"] > 0).all()


def test_more_neighbours_than_training_scans_are_refused_in_a_line():
    labels = made_labels()
    with pytest.raises(InputError, match="knn asks for 99 neighbours, but a split has 40 training scans"):
        fitted_out_of_fold(made_features(labels), made_folds(labels), entry("knn", options={"n_neighbors": 99}))


def test_a_model_for_each_sex_is_that_of_the_other_sex_left_out():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    parts = dict(zip(features.table.index, np.where(np.arange(60) % 3 == 0, "F", "M"), strict=True))
    asked = entry("logistic_regression")
    both = fitted_out_of_fold(features, folds, asked, 2, parts=parts)
    assert set(both.pipelines) == {(split, sex) for split in ("r1f1", "r1f2", "r1f3") for sex in "FM"}
    for sex in "FM":
        alone = fitted_out_of_fold(features, folds[folds["scan"].map(parts) == sex], asked, 2).predictions
        ours = both.predictions[both.predictions["scan"].map(parts) == sex].reset_index(drop=True)
        assert ours.equals(alone)


def test_a_scan_without_a_sex_is_in_no_model():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    parts = dict(zip(features.table.index, ["F", "M", None] * 20, strict=True))
    told = fitted_out_of_fold(features, folds, entry("logistic_regression"), 2, parts=parts)
    assert told.predictions["scan"].nunique() == 40
    sizes = {key: len(one[0]["model"].coef_) for key, one in told.pipelines.items()}
    assert len(sizes) == 6


def test_residuals_of_features_are_those_of_straight_lines_of_the_training_rows():
    from sklearn.linear_model import LinearRegression

    labels = made_labels()
    features = made_features(labels, asked=["FS_Mask_Vol", "FS_Area"], confounds=["size_ml"])
    features.table["FS_Area"] = 3 * features.table["size_ml"] + 1
    pipeline, _ = unfitted(features, entry("logistic_regression"))
    fitted = features.table.iloc[:40]
    pipeline.fit(fitted, labels[:40])
    shown = pipeline[:-1].transform(features.table)
    line = LinearRegression().fit(fitted[["size_ml"]], fitted["FS_Mask_Vol"])
    left = features.table["FS_Mask_Vol"] - line.predict(features.table[["size_ml"]])
    np.testing.assert_allclose(shown[:, 0], (left - left[:40].mean()) / left[:40].std(ddof=0), atol=1e-8)
    assert (shown[:, 1] == 0).all()
