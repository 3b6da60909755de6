"""How alike two maps are inside a mask: rank correlation, signed and absolute, and structural similarity.

A map that is constant inside the mask, or not finite, is alike to nothing and unlike nothing: its similarities are NaN,
which tables show as ``undefined``, never 0.
"""

import numpy as np
from scipy.ndimage import uniform_filter
from scipy.stats import rankdata

MEASURES = ("spearman", "spearman_abs", "ssim")
WINDOW = 7


def similarity(one, other, mask):
    """``{"spearman", "spearman_abs", "ssim"}`` of two maps (x, y, z) over the voxels of ``mask`` (x, y, z)."""
    return {
        "spearman": spearman(one, other, mask),
        "spearman_abs": spearman(np.abs(one), np.abs(other), mask),
        "ssim": ssim(one, other, mask),
    }


def spearman(one, other, mask):
    """Spearman's rank correlation inside ``mask``, ties at their mean rank; NaN when either map is constant there."""
    inside = mask > 0
    if not (varies(one[inside]) and varies(other[inside])):
        return np.nan
    ranks = [rankdata(volume[inside]) for volume in (one, other)]
    first, second = (rank - rank.mean() for rank in ranks)
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def ssim(one, other, mask, window=WINDOW):
    """Mean structural similarity over the voxels of ``mask`` (Wang et al. 2004), in cubes of ``window`` voxels.

    Each map is first divided by the 99th percentile of its absolute value inside the mask, clipped to [-1, 1] so that
    neither scale nor single voxels count, and moved to [0, 2]: with means of both signs, SSIM would call a map and its
    negative alike. Means, variances and the covariance of a cube are
    taken over those of its voxels that lie in the mask. NaN when either map is constant inside the mask.
    """
    inside = mask > 0
    if not (varies(one[inside]) and varies(other[inside])):
        return np.nan
    box = tuple(slice(where.min(), where.max() + 1) for where in np.nonzero(inside))
    inside = inside[box]
    first, second = (_scaled(volume[box], inside) for volume in (one, other))
    share = np.maximum(uniform_filter(inside.astype(np.float64), window, mode="constant"), 0.5 / window**3)

    def local(values):
        return uniform_filter(values, window, mode="constant") / share

    mean_first, mean_second = local(first), local(second)
    variances = local(first**2) + local(second**2) - mean_first**2 - mean_second**2
    covariance = local(first * second) - mean_first * mean_second
    small_mean, small_variance = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    alike = (2 * mean_first * mean_second + small_mean) * (2 * covariance + small_variance)
    alike /= (mean_first**2 + mean_second**2 + small_mean) * (variances + small_variance)
    return float(alike[inside].mean())


def varies(values):
    """Whether ``values`` are finite and not all the same."""
    return bool(len(values)) and bool(np.isfinite(values).all()) and bool(values.min() < values.max())


def _scaled(volume, inside):
    values = np.where(inside, volume, 0).astype(np.float64)
    size = np.percentile(np.abs(values[inside]), 99) or np.abs(values[inside]).max()
    return np.where(inside, np.clip(values / size, -1, 1) + 1, 0)
