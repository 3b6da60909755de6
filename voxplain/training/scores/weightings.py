"""The scores of classes under many weightings of the scans at once, as a bootstrap needs them."""

import numpy as np

from voxplain.training.scores.calibration import bins_of, judged
from voxplain.training.scores.classes import one_hot
from voxplain.training.scores.columns import class_of, probabilities_of


def weighted_class_scores(table, weights):
    """Each measure of one table of n scans under each of many weightings, ``(weightings, n)``; nan: not defined.

    The measures are those of `classes.class_scores`; a weight counts a scan so many times.
    """
    label, predicted, probabilities = class_of(table, "label"), class_of(table, "predicted"), probabilities_of(table)
    classes, total = probabilities.shape[1], weights.sum(1)
    true, called = one_hot(label, classes), one_hot(predicted, classes)
    of_class, said, found = weights @ true, weights @ called, weights @ (true * called)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.where((of_class > 0).sum(1, keepdims=True) > 1, found / of_class, np.nan)
        f1 = 2 * found / (of_class + said)
        areas = [ranking_areas(probabilities[:, one], true[:, one], weights) for one in range(classes)]
        roc, precision = (np.stack(each, 1) for each in zip(*areas, strict=True))
        squares = (probabilities - true) ** 2
        return {
            "accuracy": found.sum(1) / total,
            "balanced_accuracy": _mean(recall),
            "f1": f1[:, 1] if classes == 2 else _mean(f1),
            "roc_auc": roc[:, 1] if classes == 2 else roc.mean(1),
            "pr_auc": precision[:, 1] if classes == 2 else precision.mean(1),
            "brier": weights @ (squares[:, 1] if classes == 2 else squares.sum(1)) / total,
            "calibration_error": _calibration_error(label, predicted, probabilities, weights) / total,
        }


def ranking_areas(values, positive, weights):
    """Areas under the ROC and the precision-recall curve, ``(weightings,)`` each; nan where one class has no weight.

    Tied ``values`` are one step of the curve. The second is average precision: the mean of the precision at each step,
    weighted by what recall gains there.
    """
    order = np.argsort(-values, kind="stable")
    steps = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    hits = _steps(weights[:, order] * positive[order], steps)
    alarms = _steps(weights[:, order] * (1 - positive[order]), steps)
    ones, zeros = hits[:, -1], alarms[:, -1]
    gained = np.diff(hits)
    with np.errstate(invalid="ignore", divide="ignore"):
        roc = (np.diff(alarms) * (hits[:, 1:] + hits[:, :-1]) / 2).sum(1) / (ones * zeros)
        precision = np.where(gained > 0, hits[:, 1:] / (hits + alarms)[:, 1:], 0)
        average = (gained * precision).sum(1) / ones
    return roc, np.where((ones > 0) & (zeros > 0), average, np.nan)


def _steps(weights, ends):
    summed = np.cumsum(weights, 1)[:, ends]
    return np.concatenate([np.zeros((len(summed), 1)), summed], 1)


def _calibration_error(label, predicted, probabilities, weights):
    stated, right = judged(label, predicted, probabilities)
    places = bins_of(stated)
    return sum(np.abs(weights[:, places == one] @ (right - stated)[places == one]) for one in np.unique(places))


def _mean(values):
    defined = (~np.isnan(values)).sum(1)
    return np.where(defined > 0, np.nansum(values, 1) / np.maximum(defined, 1), np.nan)
