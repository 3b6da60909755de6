"""p-values of many tests, corrected for their number; tests that were not possible stay NaN and do not count."""

import numpy as np
from scipy.stats import false_discovery_control


def holm(ps):
    """Holm's (1979) corrected p-values of ``ps``, in their order: any error at all is as rare as they say."""
    ps = np.asarray(ps, float)
    corrected, tested = np.full(len(ps), np.nan), np.flatnonzero(np.isfinite(ps))
    order = tested[np.argsort(ps[tested], kind="stable")]
    steps = ps[order] * (len(order) - np.arange(len(order)))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def false_discoveries(ps):
    """The rate of false discoveries at which each of ``ps`` is taken (Benjamini and Hochberg 1995), in their order."""
    ps = np.asarray(ps, float)
    rates, tested = np.full(len(ps), np.nan), np.isfinite(ps)
    if tested.any():
        rates[tested] = false_discovery_control(ps[tested])
    return rates
