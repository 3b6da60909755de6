"""Scores of predicted classes, two or more, by scikit-learn; and why one of them is not defined."""

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    f1_score,
    recall_score,
    roc_auc_score,
)

from voxplain.training.scores.calibration import calibration_error
from voxplain.training.scores.columns import class_of, probabilities_of

ONE_CLASS = "only one class among the scans"
NO_POSITIVE = "class 1 neither occurs nor is predicted"


def class_scores(table):
    """``{measure: (value, reason)}`` of one table of predictions; the value is nan where there is a reason.

    Of two classes F1, ROC AUC, PR AUC (average precision) and Brier score are those of class 1; of more they are the
    mean over classes, one against the rest, and the Brier score is the sum over classes (Brier 1950). Balanced accuracy
    is the mean recall of the classes that occur.
    """
    label, predicted = class_of(table, "label"), class_of(table, "predicted")
    probabilities = probabilities_of(table)
    asked = {
        "accuracy": (lambda: accuracy_score(label, predicted), ""),
        "balanced_accuracy": (lambda: _mean_recall(label, predicted), _one_class(label)),
        "f1": (lambda: _f1(label, predicted, probabilities), _no_positive(label, predicted, probabilities)),
        "roc_auc": (lambda: _roc_auc(label, probabilities), _missing(label, probabilities)),
        "pr_auc": (lambda: _pr_auc(label, probabilities), _missing(label, probabilities)),
        "brier": (lambda: _brier(label, probabilities), ""),
        "calibration_error": (lambda: calibration_error(label, predicted, probabilities), ""),
    }
    return {name: (np.nan if reason else float(value()), reason) for name, (value, reason) in asked.items()}


def one_hot(label, classes):
    """1 where a scan is of a class, ``(n, classes)`` floats."""
    return (np.asarray(label)[:, None] == np.arange(classes)).astype(float)


def _mean_recall(label, predicted):
    return recall_score(label, predicted, labels=np.unique(label), average="macro", zero_division=0)


def _f1(label, predicted, probabilities):
    return f1_score(label, predicted, average="binary" if probabilities.shape[1] == 2 else "macro")


def _roc_auc(label, probabilities):
    if probabilities.shape[1] == 2:
        return roc_auc_score(label, probabilities[:, 1])
    return roc_auc_score(one_hot(label, probabilities.shape[1]), probabilities, average="macro")


def _pr_auc(label, probabilities):
    if probabilities.shape[1] == 2:
        return average_precision_score(label, probabilities[:, 1])
    return average_precision_score(one_hot(label, probabilities.shape[1]), probabilities, average="macro")


def _brier(label, probabilities):
    if probabilities.shape[1] == 2:
        return brier_score_loss(label, np.clip(probabilities[:, 1], 0, 1), pos_label=1)
    return ((probabilities - one_hot(label, probabilities.shape[1])) ** 2).sum(1).mean()


def _one_class(label):
    return ONE_CLASS if len(np.unique(label)) < 2 else ""


def _missing(label, probabilities):
    there = np.unique(label)
    if len(there) < 2:
        return ONE_CLASS
    gone = np.setdiff1d(np.arange(probabilities.shape[1]), there)
    return f"class {gone[0]} is not among the scans" if len(gone) else ""


def _no_positive(label, predicted, probabilities):
    there = (label == 1).any() or (predicted == 1).any()
    return "" if there or probabilities.shape[1] > 2 else NO_POSITIVE
