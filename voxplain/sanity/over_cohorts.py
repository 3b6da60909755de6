"""Localisation as a mean over cohorts, which are independent of each other."""

import numpy as np

from voxplain.errors import InputError
from voxplain.sanity.comparison import Scored


def over_cohorts(cohorts):
    """The `Scored` of each map as the mean over ``cohorts``, a list of what `scored_maps` returns for each of them.

    Every cohort is resampled by itself, so the mean of the n-th resamples of all is a resample of the mean.
    ``subjects`` are those of all. Raises InputError where cohorts differ in their maps.
    """
    if len({tuple(one.map for one in cohort) for cohort in cohorts}) != 1:
        raise InputError("cohorts: they were held against different maps; score them with the same settings")
    return [_mean(same) for same in zip(*cohorts, strict=True)]


def beating(rows, measure="auc"):
    """Names of the methods that beat every map beside them by ``measure``: each interval of a difference lies above 0.

    ``rows`` are dicts with ``method`` and what `compared` gives.
    """
    own = [row for row in rows if row["kind"] == "method" and row["measure"] == measure]
    return [row["method"] for row in own if row["difference_low"] > 0]


def _mean(same):
    first = same[0]
    both = "value", "resampled", "difference", "difference_resampled"
    means = {name: np.mean([getattr(one, name) for one in same], axis=0) for name in both if _known(first, name)}
    return Scored(first.map, first.kind, sum(one.subjects for one in same), **means)


def _known(one, name):
    return getattr(one, name) is not None
