"""The difference of two groups' means in standard deviations, free of its bias in small groups, with an interval."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, nctdtrinc

CONFIDENCE = 0.95


class EffectSize(NamedTuple):
    """Hedges' g and the ends of its interval; NaN where the groups do not vary or are too small."""

    g: float
    low: float
    high: float


def hedges_g(first, second, confidence=CONFIDENCE):
    """`EffectSize` of the mean of ``first`` (n,) minus that of ``second`` (m,), by their pooled standard deviation.

    The exact factor makes it unbiased (Hedges, J. Educ. Stat. 1981); the interval is that of a noncentral t (Cumming
    and Finch, Educ. Psychol. Meas. 2001), times the same factor. Both take the groups as normal and alike in spread.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    free = len(first) + len(second) - 2
    if min(len(first), len(second)) < 2:
        return EffectSize(np.nan, np.nan, np.nan)
    squares = ((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()
    if not squares > 0:
        return EffectSize(np.nan, np.nan, np.nan)
    per_t = np.sqrt(1 / len(first) + 1 / len(second))
    t = (first.mean() - second.mean()) / np.sqrt(squares / free) / per_t
    unbiased = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) / np.sqrt(free / 2) if free > 1 else np.nan
    # of |t|, since the noncentral t of a negative one is its mirror image
    outside = (1 - confidence) / 2
    ends = nctdtrinc(free, np.array([1 - outside, outside]), abs(t))
    low, high = ends if t >= 0 else -ends[::-1]
    return EffectSize(*(unbiased * per_t * np.array([t, low, high])).tolist())
