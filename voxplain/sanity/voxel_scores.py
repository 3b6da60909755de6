"""How well a map finds a known effect, voxel by voxel: five measures of one map, each against a soft truth.

With t the truth of a voxel and s its score, the absolute value of the map:

* auc: area under the ROC curve where a voxel is positive with weight t and negative with weight 1 - t.
* average_precision: of the same weights, the precision at each threshold, weighted by the recall it adds.
* mass: the share of all scores that lies on the truth, sum(s t) / sum(s) (Arras et al.).
* rank_accuracy: the truth held by the highest sum(t) scores, over the most that so many voxels hold (Arras et al.).
* pointing: whether the highest score hits (Zhang et al.); see `target`.

Tied voxels share: each counts with the mean over all orders of them, but in average precision, where a tie is one
threshold. With a truth of 0 and 1 all are those of the papers.

Arras, Osman, Samek, CLEVR-XAI: a benchmark dataset for the ground truth evaluation of neural network explanations,
Information Fusion 2022. Zhang et al., Top-down neural attention by excitation backprop, IJCV 2018.
"""

import numpy as np

from voxplain.sanity.target import held

MEASURES = ("auc", "average_precision", "mass", "rank_accuracy", "pointing")
# Scores are ranked in bins of relative width 2 ** -10, down to 2 ** -16 of the largest.
_MANTISSA_BITS_DROPPED = 13
_FAINT = 2.0**-16


def voxel_scores(scores, target):
    """The MEASURES, (5,), of ``scores`` (voxels,), none of them negative, against the `Target` ``target``.

    NaN throughout where the scores are constant or not finite, or where there is nothing to locate.
    """
    scores = np.asarray(scores)
    if not _defined(scores, target):
        return np.full(len(MEASURES), np.nan)
    _, places = np.unique(scores, return_inverse=True)
    return _scored(scores, places, target)


def binned_voxel_scores(scores, target):
    """`voxel_scores` of float32 ``scores`` ranked in bins a thousandth wide relative to the score.

    That moves a measure by less than 1e-3, an AUC by less than 1e-4, and is several times faster than sorting.
    """
    if not _defined(scores, target):
        return np.full(len(MEASURES), np.nan)
    raised = np.maximum(scores, scores.max() * np.float32(_FAINT)).astype(np.float32)
    # The bits of a non-negative float, read as an integer, are in the order of the floats.
    places = raised.view(np.uint32) >> _MANTISSA_BITS_DROPPED
    return _scored(scores, places - places.min(), target)


def _defined(scores, target):
    return not target.empty and bool(np.isfinite(scores).all()) and scores.min() < scores.max()


def _scored(scores, places, target):
    """The measures of ``scores`` whose ranks are ``places``, whole numbers in the order of the scores."""
    truth = target.truth
    positive, number = np.bincount(places, weights=truth)[::-1], np.bincount(places)[::-1]
    highest = scores == scores.max()
    return np.array(
        [
            _auc(positive, number - positive),
            _average_precision(positive, number),
            np.dot(scores, truth) / scores.sum(dtype=np.float64),
            held(positive, number, truth.sum()) / target.strongest,
            target.near[highest].mean(),
        ]
    )


def _auc(positive, negative):
    """From the weights of each bin, the highest scores first."""
    above = np.cumsum(positive) - positive / 2
    return negative @ above / (positive.sum() * negative.sum())


def _average_precision(positive, number):
    filled = number > 0
    positive, number = positive[filled], number[filled]
    return positive @ (np.cumsum(positive) / np.cumsum(number)) / positive.sum()
