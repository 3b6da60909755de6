"""Which share of a map's relevance lies in a part of the head, for subjects and beside networks never trained."""

import numpy as np
from scipy import stats

from voxplain.relevance.bootstrap import ends, mean_over, resampled_means


def share_of(values, part, where):
    """Share of the sum of |``values``| (x, y, z) over ``where`` that lies in ``part``, both (x, y, z) bool.

    NaN where the map is constant or not finite there: such a map says nothing of places.
    """
    known = np.asarray(values, np.float64)[where]
    if not len(known) or not np.isfinite(known).all() or np.ptp(known) == 0:
        return np.nan
    size = np.abs(known)
    return float(size[part[where]].sum() / size.sum())


def voxel_share(part, where):
    """Share of the voxels of ``where`` that lie in ``part``; NaN without a voxel."""
    whole = np.count_nonzero(where)
    return float(np.count_nonzero(part & where) / whole) if whole else np.nan


def mean_with_interval(values, resamples, seed):
    """``(mean, low, high)`` of ``values`` (subjects,), the 95 % interval by resampling subjects; NaN is left out."""
    values = np.asarray(values, float).reshape(-1, 1)
    known = values[np.isfinite(values[:, 0])]
    if not len(known):
        return np.nan, np.nan, np.nan
    low, high = ends(resampled_means(known, resamples, seed), len(known))
    return float(mean_over(known)[0]), float(low[0]), float(high[0])


def excess(shares, untrained):
    """``(difference, low, high)``: the mean of ``shares`` (subjects,) less that of ``untrained`` (networks,).

    A 95 % interval by Welch's t, so that few networks that differ much make it wide. NaN is left out; without two of
    each the interval is NaN, and without one of each the difference.
    """
    one, other = (np.asarray(part, float)[np.isfinite(np.asarray(part, float))] for part in (shares, untrained))
    if not len(one) or not len(other):
        return np.nan, np.nan, np.nan
    difference = float(one.mean() - other.mean())
    if min(len(one), len(other)) < 2:
        return difference, np.nan, np.nan
    parts = np.array([part.var(ddof=1) / len(part) for part in (one, other)])
    if parts.sum() <= 0:
        return difference, difference, difference
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([len(one), len(other)]) - 1)).sum()
    half = float(stats.t.ppf(0.975, freedom) * np.sqrt(parts.sum()))
    return difference, difference - half, difference + half
