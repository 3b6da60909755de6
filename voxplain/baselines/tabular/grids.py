"""Options tried on each split's validation scans, which nobody is judged on; all are kept with their scores."""

import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid, PredefinedSplit

from voxplain.errors import InputError

_BOOSTED = {"max_depth": [1, 3, 5, 10], "learning_rate": [0.1, 0.05, 0.01], "n_estimators": [100, 200, 500]}
# Of boosted trees those that studies of HCP's measures searched; the neighbours are all odd numbers up to 99.
GRIDS = {
    "logistic_regression": {"C": [0.001, 0.01, 0.1, 1, 10, 100]},
    "ridge": {"alpha": [0.01, 0.1, 1, 10, 100, 1000]},
    "svc": {"C": [0.1, 1, 10, 100], "gamma": ["scale", 0.1, 0.01, 0.001]},
    "knn": {"n_neighbors": list(range(1, 100, 2))},
    "random_forest": {"n_estimators": [100, 300], "max_features": ["sqrt", 0.3], "min_samples_leaf": [1, 5]},
    "extra_trees": {"n_estimators": [100, 300], "max_features": ["sqrt", 0.3], "min_samples_leaf": [1, 5]},
    "gradient_boosting": _BOOSTED,
    "xgboost": {"max_depth": [3, 5, 10], "n_estimators": [100, 200, 300], "learning_rate": [0.02, 0.1, 0.5]},
}
SCORERS = {
    **{one: one for one in ("balanced_accuracy", "accuracy", "r2")},
    "f1": "f1_macro",
    "roc_auc": "roc_auc_ovr",
    "mae": "neg_mean_absolute_error",
}


def asked_grid(model, grid):
    """The values of each option that a ``grid`` tries: itself, or what ``default`` is for ``model``."""
    return GRIDS[model] if grid == "default" else dict(grid)


def scorer_of(choose_by, classes=2):
    """What scikit-learn calls the score ``choose_by`` of so many classes; None of both: of classes or of amounts."""
    measure = choose_by or ("balanced_accuracy" if classes else "r2")
    return "roc_auc" if measure == "roc_auc" and classes == 2 else SCORERS[measure]


def searched(pipeline, grid, rows, labels, roles, choose_by, where="model__", classes=2, unseen=None):
    """``pipeline`` fitted on all ``rows`` with the best of ``grid``, and a table of every combination with its score.

    Each combination is fitted on the rows whose role is train and scored on those of validation; among equals the
    first is chosen, which is then fitted on both. ``where`` is the prefix of the model's options in the pipeline. Fewer
    training rows than a number of neighbours asks for, those of the class ``unseen`` aside, which the model is not
    shown, leave it untried, with an empty score. Columns: the options,
    ``validation`` and ``chosen`` (1 of one row). Without rows of both roles, or of two classes to train on, nothing can
    be compared: the first combination is chosen, and no score is there. InputError where none can be tried.
    """
    roles = np.asarray(roles)
    stopping = roles == "validation"
    tried = list(ParameterGrid(grid))
    most = int((~stopping & (np.asarray(labels) != unseen)).sum())
    left = [one for one in tried if one.get("n_neighbors", 0) <= most]
    if not left:
        raise InputError(f"every n_neighbors of the grid is above the {most} training scans; ask for fewer")
    table = pd.DataFrame(left, dtype=object).assign(validation=np.nan, chosen=0)
    untried = pd.DataFrame([one for one in tried if one not in left], dtype=object).assign(validation=np.nan, chosen=0)
    scorable = stopping.any() and (len(np.unique(np.asarray(labels)[~stopping])) > 1 if classes else not stopping.all())
    if not scorable:
        table.loc[0, "chosen"] = 1
        chosen = {f"{where}{name}": value for name, value in left[0].items()}
        return clone(pipeline).set_params(**chosen).fit(rows, labels), pd.concat([table, untried], ignore_index=True)
    search = GridSearchCV(
        pipeline,
        [{f"{where}{name}": [value] for name, value in one.items()} for one in left],
        scoring=scorer_of(choose_by, classes),
        cv=PredefinedSplit(np.where(stopping, 0, -1)),
        refit=_first_best,
        error_score="raise",
    )
    with warnings.catch_warnings():
        # of few validation scans the scorers complain that a class is not among them
        warnings.simplefilter("ignore", UserWarning)
        search.fit(rows, labels)
    table["validation"] = search.cv_results_["mean_test_score"] * (-1 if choose_by == "mae" else 1)
    table.loc[search.best_index_, "chosen"] = 1
    return search.best_estimator_, pd.concat([table, untried], ignore_index=True)


def _first_best(results):
    scores = results["mean_test_score"]
    return 0 if np.isnan(scores).all() else int(np.nanargmax(scores))
