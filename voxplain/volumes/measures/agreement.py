"""How far two volumes or masks on one grid agree: Dice, correlation, normalised mutual information."""

import numpy as np

BINS = 32
TAIL = 0.5  # percent of voxels at either end that share the first and the last bin


def dice(one, other):
    """Dice coefficient of two masks: 1 where they agree, 0 where they do not touch or both are empty."""
    one, other = np.asarray(one) > 0.5, np.asarray(other) > 0.5
    together = one.sum() + other.sum()
    return float(2 * (one & other).sum() / together) if together else 0.0


def correlation(one, other, inside):
    """Pearson's r between two volumes over the voxels of the mask ``inside``; 0 where one of them is constant."""
    one, other = (np.asarray(data, np.float64)[np.asarray(inside) > 0.5] for data in (one, other))
    if one.size == 0 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def mutual_information(one, other, inside):
    """Normalised mutual information of two volumes inside a mask: 1 for unrelated ones, 2 where each tells the other.

    (H(one) + H(other)) / H(one, other) with H the entropy of a histogram of 32 bins, or of 32 x 32; the bins are of
    equal width, and half a percent of the voxels at either end share the outermost. 1 where both are constant.

    Studholme et al., An overlap invariant entropy measure of 3D medical image alignment, Pattern Recognition 1999.
    """
    inside = np.asarray(inside) > 0.5
    if not inside.any():
        return 1.0
    pair = _binned(np.asarray(one)[inside]) * BINS + _binned(np.asarray(other)[inside])
    joint = np.bincount(pair, minlength=BINS**2).reshape(BINS, BINS) / pair.size
    together = _entropy(joint)
    return float((_entropy(joint.sum(0)) + _entropy(joint.sum(1))) / together) if together > 0 else 1.0


def _binned(values):
    low, high = np.percentile(values, (TAIL, 100 - TAIL))
    if low == high:
        low, high = values.min(), values.max()
    if low == high:
        return np.zeros(values.shape, int)
    return np.clip((values - low) * (BINS / (high - low)), 0, BINS - 1).astype(int)


def _entropy(shares):
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
