"""What was planted, at the voxels where maps are held against it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import distance_transform_edt

# A place counts as hit where the effect is at least this share of its strongest
STRONG = 0.5


@dataclass(frozen=True, eq=False)
class Target:
    """Of the voxels of ``region`` (x, y, z) bool in their order: ``truth`` in [0, 1] and ``near``, whether one hits.

    A voxel belongs to the effect with the weight ``truth`` and does not with 1 - ``truth``.
    """

    region: np.ndarray
    truth: np.ndarray
    near: np.ndarray

    @cached_property
    def empty(self):
        """Whether there is nothing to locate: no voxel, no effect, or nothing but effect."""
        return not len(self.truth) or not self.truth.any() or bool((self.truth == 1).all())

    @cached_property
    def strongest(self):
        """The most truth that voxels can hold that are as many as the truth amounts to."""
        return held(np.sort(self.truth)[::-1], np.ones(len(self.truth)), self.truth.sum())

    @property
    def chance(self):
        """What a map reaches that ranks voxels at random, by measure (see `voxel_scores`); NaN without an effect."""
        if self.empty:
            return dict.fromkeys(("auc", "average_precision", "mass", "rank_accuracy", "pointing"), np.nan)
        share, amount = self.truth.mean(), self.truth.sum()
        expected = amount * share / self.strongest
        return {
            **{"auc": 0.5, "average_precision": share, "mass": share, "rank_accuracy": expected},
            "pointing": self.near.mean(),
        }


def target(truth, region, spacing, tolerance):
    """The `Target` of ``truth`` (x, y, z) in ``region`` (x, y, z), on a grid of ``spacing`` mm (one an axis).

    A voxel hits when it lies within ``tolerance`` mm of one of the region where the effect is at least half as strong
    as where it is strongest.
    """
    region = np.asarray(region) > 0
    inside = np.clip(np.asarray(truth, np.float64), 0, 1)[region]
    strong = np.zeros(region.shape, bool)
    if len(inside) and inside.max() > 0:
        strong[region] = inside >= STRONG * inside.max()
    away = distance_transform_edt(~strong, sampling=spacing) if strong.any() else np.full(region.shape, np.inf)
    # a distance of whole voxels may miss the tolerance by rounding alone
    return Target(region, inside, (away <= tolerance + 1e-6)[region])


def held(truth, number, amount):
    """How much ``truth`` the first ``amount`` voxels hold, of bins with ``number`` voxels each; a bin in proportion."""
    return float(np.interp(amount, np.r_[0, np.cumsum(number)], np.r_[0, np.cumsum(truth)]))
