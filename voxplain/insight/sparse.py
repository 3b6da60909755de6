"""Sparse lines and sparse logistic regressions, with their penalty chosen by scans left out in turn."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, lasso_path

from voxplain.insight.simplest import simplest

PENALTIES = 40
LEAST = 1e-3  # of the penalty under which the first feature enters
STRENGTHS = tuple(10.0**power for power in (-2, -1.5, -1, -0.5, 0, 0.5, 1, 2, 3))


@dataclass(frozen=True)
class Lines:
    """Answers that are lines of z-scored inputs: ``weights`` (outputs, inputs) and ``start`` (outputs,)."""

    weights: np.ndarray
    start: np.ndarray

    def predict(self, inputs):
        """Answers (n, outputs) to ``inputs`` (n, inputs)."""
        return inputs @ self.weights.T + self.start


def sparse_line(inputs, answers, folds, rule="one_se"):
    """The `Lines` of z-scored ``inputs`` that foretell ``answers`` (n, outputs) with few of them; and what was chosen.

    The lasso says which inputs, least squares how much they weigh, so that what is no line but for noise is not shrunk:
    relaxed lasso, Meinshausen 2007. The penalty has the least squared error over ``folds``, or the simplest as good.
    """
    lines = [_one_line(inputs, one, folds, rule) for one in answers.T]
    made = Lines(np.array([weights for weights, _ in lines]), np.array([start for _, start in lines]))
    return made, {"features": int((made.weights != 0).any(axis=0).sum())}


def sparse_logistic(inputs, probabilities, folds, rule="one_se", seed=1):
    """The `Lines` of log-odds of a logistic regression with an L1 penalty, fitted to ``probabilities`` (n, classes).

    Every scan counts as one of each class, by the network's probability of it: the cross-entropy of two distributions,
    and no rounding to classes. The penalty has the least of it over ``folds``, or is the strongest that is as good.
    """
    losses = [[_entropy(inputs, probabilities, fold, strength, seed) for strength in STRENGTHS] for fold in folds]
    strength = STRENGTHS[simplest(losses, rule)]
    made = _logistic(inputs, probabilities, strength, seed)
    return made, {"features": int((made.weights != 0).any(axis=0).sum()), "C": strength}


def _one_line(inputs, answer, folds, rule):
    centred = answer - answer.mean()
    if not np.abs(centred).max() > 1e-12 * max(np.abs(answer).max(), 1e-300):
        return np.zeros(inputs.shape[1]), answer.mean()
    largest = np.abs(inputs.T @ centred).max() / len(inputs)
    penalties = largest * np.geomspace(1, LEAST, PENALTIES)
    losses = [
        [
            ((inputs[judged] @ weights + start - answer[judged]) ** 2).mean()
            for weights, start in _relaxed(inputs[fitted], answer[fitted], penalties)
        ]
        for fitted, judged in folds
    ]
    return _relaxed(inputs, answer, penalties)[simplest(losses, rule)]


def _relaxed(inputs, answer, penalties):
    """Weights and start of least squares on what the lasso keeps, for each of ``penalties``, the strongest first."""
    means, level = inputs.mean(axis=0), answer.mean()
    moved = np.asfortranarray(inputs - means)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, found, _ = lasso_path(moved, answer - level, alphas=penalties, max_iter=2000)
    made, last = [], None
    for kept in (found != 0).T:
        # with as many features as scans least squares would fit anything
        if last is None or (kept.sum() <= len(inputs) - 2 and (kept != last[0]).any()):
            weights = np.zeros(inputs.shape[1])
            weights[kept] = np.linalg.lstsq(moved[:, kept], answer - level, rcond=None)[0]
            last = kept, (weights, level - means @ weights)
        made.append(last[1])
    return made


def _logistic(inputs, probabilities, strength, seed):
    count, classes = probabilities.shape
    model = LogisticRegression(l1_ratio=1, C=strength, solver="saga", max_iter=3000, tol=1e-4, random_state=seed)
    rows, labels = np.tile(inputs, (classes, 1)), np.repeat(np.arange(classes), count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows, labels, sample_weight=probabilities.T.ravel())
    weights, start = model.coef_, model.intercept_
    return Lines(weights, start) if classes == 2 else Lines(weights - weights.mean(axis=0), start - start.mean())


def _entropy(inputs, probabilities, fold, strength, seed):
    fitted, judged = fold
    told = _logistic(inputs[fitted], probabilities[fitted], strength, seed).predict(inputs[judged])
    logits = np.column_stack([np.zeros(len(told)), told]) if told.shape[1] == 1 else told
    return -(probabilities[judged] * log_softmax(logits, axis=1)).sum(axis=1).mean()
