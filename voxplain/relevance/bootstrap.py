"""Intervals of means over subjects, by resampling subjects with replacement (percentile bootstrap, Efron 1979)."""

import numpy as np

LEVELS = (2.5, 97.5)
FEWEST = 2  # subjects whose resamples differ


def resampled_weights(number, resamples, seed):
    """How much each of ``number`` subjects counts in each resample, (resamples, number), rows summing to 1."""
    drawn = np.random.default_rng(seed).integers(number, size=(resamples, number))
    counts = np.zeros((resamples, number))
    np.add.at(counts, (np.arange(resamples)[:, None], drawn), 1)
    return counts / number


def resampled_means(values, resamples, seed):
    """Mean of ``values`` (subjects, columns) in each resample of subjects, (resamples, columns); NaN is left out.

    A column in which a resample has no number is NaN there.
    """
    known = np.isfinite(values)
    weights = resampled_weights(len(values), resamples, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (weights @ np.where(known, values, 0)) / (weights @ known)


def mean_over(values):
    """Mean over the subjects (rows) for which a column is known; NaN where it is known for none."""
    known = np.isfinite(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, values, 0).sum(axis=0) / known.sum(axis=0)


def ends(resampled, subjects):
    """Lower and upper end of the 95 % interval of each column of ``resampled`` (resamples, columns).

    NaN below two subjects, which say nothing of how subjects differ, and where a column is undefined throughout.
    """
    low, high = np.full((2, resampled.shape[1]), np.nan)
    if subjects >= FEWEST and len(resampled):
        known = np.isfinite(resampled).any(axis=0)
        if known.any():
            low[known], high[known] = np.nanpercentile(resampled[:, known], LEVELS, axis=0)
    return low, high
