"""How well a group map finds a known effect: a weighted ROC AUC over voxels, with intervals over subjects.

A voxel is positive with the weight t of the truth there and negative with the weight 1 - t. The score of a voxel is the
absolute value of the mean map over subjects. Subjects are resampled, not voxels: neighbouring voxels are not
independent.
"""

from typing import NamedTuple

import numpy as np

from voxplain.relevance.groups import is_amount

# Scores of a resample are ranked in bins of relative width 2 ** -10, down to 2 ** -16 of the largest.
_MANTISSA_BITS_DROPPED = 13
_FAINT = 2.0**-16
_BLOCK = 32


class Interval(NamedTuple):
    """A value and its 95 % interval; all NaN when it is undefined."""

    value: float
    low: float
    high: float


UNDEFINED = Interval(np.nan, np.nan, np.nan)


def weighted_auc(scores, truth):
    """Area under the ROC curve when each voxel is positive with weight ``truth`` and negative with 1 - ``truth``.

    ``scores`` and ``truth`` are (voxels,), truth in [0, 1]; ties count one half, as does a voxel against itself. NaN
    when the scores are constant or not finite, or when the truth has no positive or no negative weight.
    """
    scores = np.asarray(scores)
    if not len(scores) or not np.isfinite(scores).all() or scores.min() == scores.max():
        return np.nan
    _, places = np.unique(scores, return_inverse=True)
    return _auc_of_places(places, truth)


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


def group_auc(maps, truth):
    """Weighted AUC of the absolute mean of ``maps`` (subjects, voxels); NaN without subjects."""
    return weighted_auc(np.abs(maps.mean(axis=0)), truth) if len(maps) else np.nan


def resampled_aucs(maps, truth, resamples, seed):
    """Weighted AUC of the group map in each resample of subjects, (resamples,); NaN where it is undefined.

    Scores are ranked in bins a thousandth wide relative to the score, which moves an AUC by less than 1e-4 and is
    several times faster than sorting.
    """
    if not len(maps):
        return np.full(resamples, np.nan)
    chosen = np.random.default_rng(seed).integers(len(maps), size=(resamples, len(maps)))
    counts = np.stack([np.bincount(rows, minlength=len(maps)) for rows in chosen])
    shares = (counts / len(maps)).astype(np.float32)
    blocks = (np.abs(shares[first : first + _BLOCK] @ maps) for first in range(0, resamples, _BLOCK))
    return np.array([_binned_auc(scores, truth) for block in blocks for scores in block])


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


def _binned_auc(scores, truth):
    if not np.isfinite(scores).all() or scores.min() == scores.max():
        return np.nan
    # The bits of a non-negative float, read as an integer, are in the order of the floats.
    scores = np.maximum(scores, scores.max() * np.float32(_FAINT)).astype(np.float32)
    places = scores.view(np.uint32) >> _MANTISSA_BITS_DROPPED
    return _auc_of_places(places - places.min(), truth)


def _auc_of_places(places, truth):
    positive = np.bincount(places, weights=truth)
    negative = np.bincount(places, weights=1 - truth)
    pairs = positive.sum() * negative.sum()
    if pairs <= 0:
        return np.nan
    below = np.cumsum(negative) - negative / 2
    return float(positive @ below / pairs)
