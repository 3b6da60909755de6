"""How well group maps find a known effect, with intervals over subjects.

The score of a voxel is the absolute value of the mean map over subjects. Subjects are resampled, not voxels:
neighbouring voxels are not independent.
"""

from typing import NamedTuple

import numpy as np

from voxplain.relevance.groups import is_amount
from voxplain.sanity.voxel_scores import MEASURES, binned_voxel_scores, voxel_scores

_BLOCK = 32


class Interval(NamedTuple):
    """A value and its 95 % interval; all NaN when it is undefined."""

    value: float
    low: float
    high: float


UNDEFINED = Interval(np.nan, np.nan, np.nan)


def subject_maps(sources, inside):
    """Subjects and their maps (subjects, voxels inside) float32, the mean over each subject's correct maps.

    ``sources`` are what ``read_maps`` returns; maps of scans whose predicted class is not the true one are left out.
    Amounts are never exactly right, so of a regression all maps count.
    """
    sums, numbers = {}, {}
    for source in sources:
        for place, subject in enumerate(source.subject):
            if is_amount(source.predicted) or source.label[place] == source.predicted[place]:
                values = np.asarray(source.maps[place], np.float32)[inside]
                sums[subject] = sums.get(subject, 0) + values
                numbers[subject] = numbers.get(subject, 0) + 1
    subjects = sorted(sums)
    maps = np.empty((len(subjects), np.count_nonzero(inside)), np.float32)
    for place, subject in enumerate(subjects):
        maps[place] = sums.pop(subject) / numbers[subject]
    return subjects, maps


def group_scores(maps, target):
    """The MEASURES, (5,), of the absolute mean of ``maps`` (subjects, voxels); NaN without subjects."""
    return voxel_scores(np.abs(maps.mean(axis=0)), target) if len(maps) else np.full(len(MEASURES), np.nan)


def subject_scores(maps, target):
    """The MEASURES of each subject's own map, (subjects, 5), ranked in bins; see `binned_voxel_scores`."""
    return np.array([binned_voxel_scores(np.abs(one), target) for one in maps]).reshape(-1, len(MEASURES))


def resampled_scores(maps, target, resamples, seed):
    """The MEASURES of the group map in each resample of subjects, (resamples, 5), ranked in bins."""
    if not len(maps):
        return np.full((resamples, len(MEASURES)), np.nan)
    chosen = np.random.default_rng(seed).integers(len(maps), size=(resamples, len(maps)))
    counts = np.stack([np.bincount(rows, minlength=len(maps)) for rows in chosen])
    shares = (counts / len(maps)).astype(np.float32)
    blocks = (np.abs(shares[first : first + _BLOCK] @ maps) for first in range(0, resamples, _BLOCK))
    return np.array([binned_voxel_scores(scores, target) for block in blocks for scores in block])


def interval(value, resampled):
    """``Interval`` of ``value`` from its resamples; UNDEFINED when any of them is.

    A resampled mean map is noisier than the sample's, so resamples as a whole score lower than ``value``. The interval
    therefore spans the 2.5th to 97.5th percentile both as they are and moved so that the resamples' mean is ``value``:
    it always holds ``value``, and its lower end is never above the plain percentile.
    """
    if np.isnan(value) or np.isnan(resampled).any():
        return UNDEFINED
    low, high = np.percentile(resampled, [2.5, 97.5])
    moved = value - resampled.mean()
    return Interval(float(value), float(min(low, low + moved)), float(max(high, high + moved)))
