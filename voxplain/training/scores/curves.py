"""Curves behind the scores of classes: ROC, precision and recall, calibration."""

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve, roc_curve

from voxplain.training.scores.calibration import BINS, bins_of, judged
from voxplain.training.scores.columns import class_count, class_of, probabilities_of
from voxplain.training.scores.resampling import drawn_weights, interval
from voxplain.training.scores.table import together

COLUMNS = ["model", "curve", "class", "x", "y", "sd", "low", "high", "n"]
GRID = np.linspace(0, 1, 51)


def curve_table(predictions, model="network", bootstrap=1000, seed=1):
    """The points of every curve of ``predictions``: curve, class, x, y, sd, low, high, n.

    ``roc``: the true positive rate at each false positive rate. ``precision_recall``: the precision where each recall
    is first reached. Both are means over splits and seeds with their standard deviation (ddof 1), ``n`` curves, of each
    class against the rest, of two classes of class 1 alone. ``calibration``: of the held-out scans of all splits whose
    stated probability (`calibration.judged`) lies in a bin, its mean and how often it came true, with the 95 %
    bootstrap interval over groups; ``n`` counts predictions. A regression has no curves, and its table no rows.
    """
    predictions = together(predictions.reset_index(drop=True))
    classes = class_count(predictions)
    if not classes or predictions.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = []
    for one in [1] if classes == 2 else range(classes):
        for curve, points in (("roc", _roc), ("precision_recall", _precision_recall)):
            rows += _averaged(predictions, one, curve, points)
    rows += _calibration(predictions, bootstrap, seed)
    return pd.DataFrame(rows).assign(model=model).reindex(columns=COLUMNS)


def _averaged(predictions, one, curve, points):
    drawn = []
    for _, table in predictions.groupby(["split", "seed"]):
        positive = class_of(table, "label") == one
        if positive.any() and not positive.all():
            drawn.append(points(positive, probabilities_of(table)[:, one]))
    if not drawn:
        return []
    mean = np.mean(drawn, 0)
    sd = np.std(drawn, 0, ddof=1) if len(drawn) > 1 else np.full(len(GRID), np.nan)
    named = {"curve": curve, "class": one, "n": len(drawn)}
    return [named | {"x": x, "y": y, "sd": spread} for x, y, spread in zip(GRID, mean, sd, strict=True)]


def _roc(positive, probability):
    false, true, _ = roc_curve(positive, probability, drop_intermediate=False)
    # Where the curve rises straight up, the highest point of a rate is the one that counts
    return np.array([np.interp(x, false, true) if x not in false else true[false == x].max() for x in GRID])


def _precision_recall(positive, probability):
    precision, recall, _ = precision_recall_curve(positive, probability)
    precision, recall = precision[:-1][::-1], recall[:-1][::-1]
    return precision[np.searchsorted(recall, GRID - 1e-9)]


def _calibration(predictions, bootstrap, seed):
    label, predicted = class_of(predictions, "label"), class_of(predictions, "predicted")
    stated, right = judged(label, predicted, probabilities_of(predictions))
    places, weights = bins_of(stated), drawn_weights(predictions, bootstrap, seed)(predictions.index)
    rows = []
    for one in range(BINS):
        there = places == one
        if there.any():
            with np.errstate(invalid="ignore"):
                shares = weights[:, there] @ right[there] / weights[:, there].sum(1)
            low, high = interval(shares) or (np.nan, np.nan)
            row = {"curve": "calibration", "x": stated[there].mean(), "y": right[there].mean(), "n": int(there.sum())}
            rows.append(row | {"low": low, "high": high})
    return rows
