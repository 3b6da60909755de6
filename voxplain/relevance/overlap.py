"""The strongest voxels of a map, and how far two such sets are the same."""

import numpy as np


def top_voxels(values, top=0.05):
    """Bool array: the strongest ``top`` share of ``values`` (voxels,), by magnitude; none for a map that is zero.

    Voxels as strong as the weakest of them count too, as maps of windows have many equal values; zeros never do.
    """
    size = np.abs(values)
    number = max(1, round(top * len(size)))
    if not len(size) or not np.isfinite(size).all():
        return np.zeros(len(size), bool)
    return (size >= np.partition(size, -number)[-number]) & (size > 0)


def dice(one, other):
    """Twice the voxels that both sets hold, over those of both together (Dice 1945); NaN where a set is empty.

    ``one`` and ``other`` are bool arrays (voxels,): what neither holds does not count as agreement.
    """
    return _over(2 * np.count_nonzero(one & other), np.count_nonzero(one) + np.count_nonzero(other), one, other)


def iou(one, other):
    """Voxels that both sets hold over those that any holds (Jaccard 1912); NaN where a set is empty."""
    return _over(np.count_nonzero(one & other), np.count_nonzero(one | other), one, other)


def _over(shared, whole, one, other):
    return shared / whole if one.any() and other.any() else np.nan
