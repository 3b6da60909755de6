"""Options tried on each split's validation scans, which nobody is judged on; all are kept with their scores."""

import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import ParameterGrid

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


def searched(pipeline, grid, rows, labels, roles, choose_by, where="", classes=2, unseen=None):
    """``pipeline`` fitted on all ``rows`` with the best of ``grid``, and a table of every combination with its score.

    Each combination is fitted on the rows whose role is train and scored on those of validation; among equals the
    first is chosen, which is then fitted on both. ``where`` is the prefix of the options in the pipeline's model. Fewer
    training rows than a number of neighbours asks for, those of the class ``unseen`` aside, which the model is not
    shown, leave it untried, with an empty score. Columns: the options, ``validation`` and ``chosen`` (1 of one row).
    Without rows of both roles, or of two classes to train on, nothing can be compared: the first combination is chosen,
    and no score is there. InputError where none can be tried.
    """
    labels, stopping = np.asarray(labels), np.asarray(roles) == "validation"
    tried = list(ParameterGrid(grid))
    most = int((~stopping & (labels != unseen)).sum())
    left = [one for one in tried if one.get("n_neighbors", 0) <= most]
    if not left:
        raise InputError(f"every n_neighbors of the grid is above the {most} training scans; ask for fewer")
    named = [{f"{where}{name}": value for name, value in one.items()} for one in left]
    scores, there = np.full(len(left), np.nan), np.unique(labels[~stopping])
    if stopping.any() and len(there) > (1 if classes else 0):
        scores = _scores(pipeline, named, rows, labels, stopping, scorer_of(choose_by, classes))
    best = 0 if np.isnan(scores).all() else int(np.nanargmax(scores))
    table = pd.DataFrame(left, dtype=object)
    table["validation"] = -scores if choose_by == "mae" else scores
    table["chosen"] = (np.arange(len(left)) == best).astype(int)
    untried = pd.DataFrame([one for one in tried if one not in left], dtype=object).assign(validation=np.nan, chosen=0)
    pipeline = clone(pipeline)
    pipeline[-1].set_params(**named[best])
    return pipeline.fit(rows, labels), pd.concat([table, untried], ignore_index=True)


def _scores(pipeline, named, rows, labels, stopping, scorer):
    """The validation score of every combination: what comes before the model is fitted once, since it is the same."""
    before, model = clone(pipeline[:-1]), pipeline[-1]
    score, resampled = get_scorer(scorer), "oversample" in before.named_steps
    learnt = (before.fit_resample if resampled else before.fit_transform)(rows[~stopping], labels[~stopping])
    shown, told = learnt if resampled else (learnt, labels[~stopping])
    judged = (before[:-1] if resampled else before).transform(rows[stopping])
    scores = []
    with warnings.catch_warnings():
        # of few validation scans the scorers complain that a class is not among them
        warnings.simplefilter("ignore", UserWarning)
        for one in named:
            fitted = clone(model).set_params(**one).fit(shown, told)
            try:
                scores.append(score(fitted, judged, labels[stopping]))
            except ValueError:  # an area under a curve of classes that are not all there
                scores.append(np.nan)
    return np.array(scores, float)
