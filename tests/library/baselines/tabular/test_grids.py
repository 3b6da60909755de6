import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, mean_absolute_error, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from tests.library.baselines.tabular.morphometry import by_hand, entry, made_features, made_folds, made_labels
from voxplain.baselines.tabular.fitting import fitted_out_of_fold
from voxplain.baselines.tabular.grids import GRIDS
from voxplain.baselines.tabular.models import model_named
from voxplain.errors import InputError
from voxplain.settings.tabular_models import MODELS


@pytest.mark.parametrize(
    ("choose_by", "score"),
    [
        (None, lambda label, model, rows: balanced_accuracy_score(label, model.predict(rows))),
        ("roc_auc", lambda label, model, rows: roc_auc_score(label, model.predict_proba(rows)[:, 1])),
    ],
)
def test_a_sweep_of_neighbours_is_a_plain_loop_over_the_validation_scans(choose_by, score):
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    sweep = [1, 3, 7, 15, 25]
    asked = entry("knn", grid={"n_neighbors": sweep}, choose_by=choose_by)
    fitted = fitted_out_of_fold(features, folds, asked)
    for split, rows in folds.groupby("split"):
        part = {role: rows[rows["role"] == role] for role in ("train", "validation", "test")}
        inside, outside = by_hand(features, part["train"]["scan"], part["validation"]["scan"])
        loop = [
            score(part["validation"]["label"], KNeighborsClassifier(k).fit(inside, part["train"]["label"]), outside)
            for k in sweep
        ]
        grid = fitted.grid[fitted.grid["split"] == split]
        assert grid["n_neighbors"].tolist() == sweep
        np.testing.assert_allclose(grid["validation"].astype(float), loop)
        best = sweep[int(np.argmax(loop))]
        assert grid.loc[grid["chosen"] == 1, "n_neighbors"].tolist() == [best]
        both = rows[rows["role"] != "test"]
        inside, outside = by_hand(features, both["scan"], part["test"]["scan"])
        plain = KNeighborsClassifier(best).fit(inside, both["label"])
        ours = fitted.predictions[fitted.predictions["split"] == split]
        np.testing.assert_array_equal(ours["predicted"], plain.predict(outside))


def test_an_amount_is_chosen_by_the_smallest_error_which_is_written_as_it_is():
    labels = made_labels(None)
    features, folds = made_features(labels), made_folds(labels)
    fitted = fitted_out_of_fold(features, folds, entry("knn", grid={"n_neighbors": [1, 9]}, choose_by="mae"), None)
    rows = folds[folds["split"] == "r1f1"]
    train, validation = rows[rows["role"] == "train"], rows[rows["role"] == "validation"]
    inside, outside = by_hand(features, train["scan"], validation["scan"])
    loop = [
        mean_absolute_error(validation["label"], KNeighborsRegressor(k).fit(inside, train["label"]).predict(outside))
        for k in (1, 9)
    ]
    grid = fitted.grid[fitted.grid["split"] == "r1f1"]
    np.testing.assert_allclose(grid["validation"].astype(float), loop)
    assert grid["chosen"].tolist() == [int(loop[0] <= loop[1]), int(loop[1] < loop[0])]


def test_every_combination_of_two_options_is_tried_in_every_split():
    labels = made_labels()
    asked = entry("logistic_regression", grid={"C": [0.1, 1], "max_iter": [500, 1000]}, anomaly={"class": 1})
    grid = fitted_out_of_fold(made_features(made_labels(3)), made_folds(made_labels(3)), asked, 3).grid
    assert len(grid) == 3 * 4 and grid.groupby("split")["chosen"].sum().tolist() == [1, 1, 1]
    assert len(labels) == 60


def test_more_neighbours_than_training_scans_stay_untried_and_none_left_is_refused():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    grid = fitted_out_of_fold(features, folds, entry("knn", grid="default")).grid
    untried = grid.loc[grid["validation"].isna(), "n_neighbors"]
    assert set(untried) == {k for k in GRIDS["knn"]["n_neighbors"] if k > 30}
    with pytest.raises(InputError, match="every n_neighbors of the grid is above the 30 training scans"):
        fitted_out_of_fold(features, folds, entry("knn", grid={"n_neighbors": [31, 99]}))


def test_without_validation_scans_the_first_combination_is_taken_and_has_no_score():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    folds["role"] = folds["role"].replace("validation", "train")
    fitted = fitted_out_of_fold(features, folds, entry("logistic_regression", grid={"C": [0.01, 10]}))
    assert fitted.grid["validation"].isna().all() and fitted.grid["chosen"].tolist() == [1, 0] * 3
    plain = fitted_out_of_fold(features, folds, entry("logistic_regression", options={"C": 0.01}))
    assert fitted.predictions.equals(plain.predictions)


def test_the_options_of_every_default_grid_are_the_models():
    for model, grid in GRIDS.items():
        assert set(grid) <= set(MODELS[model].options)
        assert set(grid) <= set(model_named(model, not MODELS[model].classes).get_params())
    assert set(GRIDS) == set(MODELS)


def test_a_search_and_the_same_options_by_hand_predict_alike():
    labels = made_labels()
    features, folds = made_features(labels), made_folds(labels)
    searched = fitted_out_of_fold(features, folds, entry("logistic_regression", grid={"C": [0.5]}))
    given = fitted_out_of_fold(features, folds, entry("logistic_regression", options={"C": 0.5}))
    assert searched.predictions.equals(given.predictions)
    model = searched.pipelines["r1f1", ""][0]["model"]
    assert isinstance(model, LogisticRegression) and model.C == 0.5
