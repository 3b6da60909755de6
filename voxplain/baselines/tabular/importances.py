"""Which features a model goes by: what it says itself, and what its answers lose when a feature is dealt out anew."""

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance

from voxplain.baselines.tabular.pipelines import features_of_inputs

COLUMNS = ["kind", "rank", "feature", "value", "relative", "sd", "splits", "part"]
REPEATS = 10


def model_importances(fitted):
    """``{feature: value}`` that a fitted pipeline's model says of itself, and its kind; None where it says nothing.

    Of boosted trees the ``gain`` that splits on a feature bring on average, of other trees the ``impurity`` they take
    away, of linear models the size of the ``coefficient`` of the z-scored feature, over classes on average. Values of a
    text's levels, of which each is an input of its own, are put together: gains and impurities as a sum, coefficients
    as the largest. A feature that the pipeline left out has 0.
    """
    model = fitted["model"]
    model = getattr(model, "model_", model)  # the second of two steps
    if model is None or (getattr(model, "kernel", "linear") != "linear"):
        return None, ""
    if hasattr(model, "feature_importances_"):
        kind = "gain" if "boost" in type(model).__module__ else "impurity"
        values, together = np.asarray(model.feature_importances_, float), np.add
        kind = "impurity" if type(model).__module__.startswith("sklearn") else kind
    elif hasattr(model, "coef_"):
        kind, values, together = "coefficient", np.abs(np.atleast_2d(model.coef_)).mean(0), np.maximum
    else:
        return None, ""
    found = {}
    for feature, value in zip(features_of_inputs(fitted), values, strict=True):
        found[feature] = float(together(found.get(feature, 0.0), value))
    return found, kind


def permutation_importances(fitted, rows, labels, scorer, seed=1):
    """``{feature: value}``: what the score of held-out ``rows`` loses when a feature is dealt out anew (Breiman 2001).

    ``scorer`` is a name of scikit-learn's. None where the rows are fewer than two, or all of one class, which no score
    tells apart.
    """
    if len(rows) < 2 or len(np.unique(labels)) < 2:
        return None
    found = permutation_importance(fitted, rows, labels, scoring=scorer, n_repeats=REPEATS, random_state=seed, n_jobs=1)
    return dict(zip(rows.columns, found.importances_mean.tolist(), strict=True))


def importance_table(of_splits, features):
    """The mean importance of every one of ``features`` over splits, most important first; equal ones by name.

    of_splits: a list of (kind, part, ``{feature: value}``), one for each fitted model; ``part`` is the value of the
    column that models are parted by, or empty. Each split's values are divided by their largest, so that splits count
    alike; ``value`` is the mean of those, 0 for a feature that a split left out, ``relative`` that mean over the
    largest of them, ``sd`` the standard deviation over splits (ddof 1) of the same. Where no value of a split is above
    0, nothing is important to it, and all its values are 0.
    """
    rows = []
    for kind, part in dict.fromkeys((kind, part) for kind, part, _ in of_splits):
        told = [values for one, its, values in of_splits if (one, its) == (kind, part)]
        table = np.array([[values.get(feature, 0.0) for feature in features] for values in told])
        table = table / np.where(table.max(1, keepdims=True) > 0, table.max(1, keepdims=True), np.inf)
        mean, most = table.mean(0), table.mean(0).max()
        sd = table.std(0, ddof=1) if len(told) > 1 else np.full(len(features), np.nan)
        share = 1 / most if most > 0 else np.nan
        order = sorted(range(len(features)), key=lambda place: (-mean[place], features[place]))
        for rank, place in enumerate(order, 1):
            value = mean[place], mean[place] * share, sd[place] * share
            rows.append((kind, rank, features[place], *value, len(told), part))
    return pd.DataFrame(rows, columns=COLUMNS)
