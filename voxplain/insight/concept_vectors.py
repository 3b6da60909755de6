"""The direction among a layer's activations in which a concept grows, learned from training scans."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from voxplain.errors import InputError
from voxplain.networks.options import check_choice

KINDS = ("pattern", "classifier", "regression")
ROUNDING = 1e-6  # of the largest spread: what single precision leaves of a direction that is not there


@dataclass(frozen=True)
class ActivationSpan:
    """What training scans span: ``mean`` (d,), ``basis`` (d, m) orthonormal, ``places`` (n, m) of the scans in it.

    Places have a variance of 1 in a direction on average, so that no penalty depends on a layer's unit. A direction
    that a penalised linear model finds always lies in the span, however many units the layer has.
    """

    mean: np.ndarray
    basis: np.ndarray
    places: np.ndarray
    unit: float

    def placed(self, activations):
        """Places (n, m) of ``activations`` (n, d) of any scans."""
        return (np.asarray(activations, float) - self.mean) @ self.basis / self.unit


def activation_span(activations):
    """The `ActivationSpan` of ``activations`` (n, d). Raises InputError where they are the same for every scan."""
    activations = np.asarray(activations, float)
    mean = activations.mean(axis=0)
    left, spreads, right = np.linalg.svd(activations - mean, full_matrices=False)
    level = max(np.abs(activations).max(initial=0) * ROUNDING, np.finfo(float).tiny)
    kept = spreads > max(ROUNDING * spreads.max(initial=0), level)
    if not kept.any():
        raise InputError("concepts: the layer says the same of every training scan; name another layer")
    places = left[:, kept] * spreads[kept]
    unit = np.sqrt((places**2).mean())
    return ActivationSpan(mean, right[kept].T, places / unit, float(unit))


def concept_vector(places, values, kind="pattern"):
    """Direction (m,) of length 1 in which ``values`` (n,) grow among ``places`` (n, m); nan where they do not vary.

    ``pattern``: how places move with the value, their covariance (of two values from mean to mean), which other things
    that vary in the layer cannot turn (Haufe et al. 2014; Pahde et al. 2022). ``classifier``: normal to the boundary
    of a logistic regression between scans of the highest and the lowest third (Kim et al., ICML 2018), or between the
    two where there are two values. ``regression``: slopes of ridge regression on the value (Graziani et al. 2018).
    """
    check_choice("kind", kind, KINDS)
    places, values = np.asarray(places, float), np.asarray(values, float)
    if len(np.unique(values)) < 2:
        return np.full(places.shape[1], np.nan)
    if kind == "pattern":
        found = concept_pattern(places, values)
    elif kind == "regression":
        inputs, amounts = places - places.mean(axis=0), (values - values.mean()) / values.std()
        found = np.linalg.solve(inputs.T @ inputs + np.eye(inputs.shape[1]), inputs.T @ amounts)
    else:
        low, high = ends(values)
        model = LogisticRegression(C=1.0, max_iter=1000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = model.fit(places[low | high], high[low | high]).coef_[0]
    length = np.linalg.norm(found)
    return found / length if length > 0 else np.full(len(found), np.nan)


def concept_pattern(places, values):
    """How far (m,) ``places`` (n, m) move on average when ``values`` (n,) rise by a standard deviation."""
    places, values = np.asarray(places, float), np.asarray(values, float)
    spread = values.std()
    if not spread > 0:
        return np.full(places.shape[1], np.nan)
    return (places - places.mean(axis=0)).T @ ((values - values.mean()) / spread) / len(values)


def ends(values):
    """Which of ``values`` (n,) are in the lowest and in the highest third, two masks; of two values, each of them.

    Where so many are alike that a third has no end, those below and those above the mean.
    """
    values = np.asarray(values, float)
    if len(np.unique(values)) == 2:
        return values == values.min(), values == values.max()
    first, last = np.quantile(values, [1 / 3, 2 / 3])
    if first < last:
        return values <= first, values >= last
    return values < values.mean(), values > values.mean()
