"""How few voxels hold the relevance of a map."""

import numpy as np


def gini(values):
    """Gini index of the absolute ``values`` (n,): 0 where all are alike, nearly 1 where one voxel holds everything.

    NaN for a map that is constant or not finite. Chalasani et al. 2020, arXiv 1810.06583.
    """
    sizes = np.sort(np.abs(np.asarray(values, np.float64)))
    if not len(sizes) or not np.isfinite(sizes).all() or np.ptp(values) == 0:
        return np.nan
    ranks = np.arange(1, len(sizes) + 1)
    return float(((2 * ranks - len(sizes) - 1) @ sizes) / (len(sizes) * sizes.sum()))
