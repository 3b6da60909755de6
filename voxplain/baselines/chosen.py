"""Which of several models did best on the validation scans of a split, which nobody is judged on."""

import numpy as np
from sklearn.metrics import mean_absolute_error, recall_score


def best_on_validation(models, labels, classes=2):
    """The key of ``models`` that did best, the first of several: by balanced accuracy, or by mean absolute error.

    models: ``{key: what it predicts for the validation scans, (n,)}``; labels: theirs; ``classes`` None: a regression.
    Without a validation scan it is the first.
    """
    if not len(labels):
        return next(iter(models))
    scores = [_score(labels, predicted, classes) for predicted in models.values()]
    return list(models)[int(np.argmax(scores))]


def _score(labels, predicted, classes):
    if not classes:
        return -mean_absolute_error(labels, predicted)
    return recall_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)
