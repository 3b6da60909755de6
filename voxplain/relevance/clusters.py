"""Clusters of voxels that touch by their faces and whose values lie above a threshold, or below its negative."""

import numpy as np
from scipy import ndimage


def clusters(values, threshold):
    """Cluster numbers (x, y, z) int32, 0 outside, and of cluster ``i + 1`` its voxels and mass, two arrays.

    Mass is the sum of what ``values`` (x, y, z) exceed ``threshold`` by. Positive clusters come first; those of the two
    signs never touch.
    """
    above, positive = ndimage.label(values > threshold)
    below, negative = ndimage.label(values < -threshold)
    numbers = np.where(below > 0, below + positive, above)
    count = positive + negative + 1
    excess = np.abs(values) - threshold
    sizes = np.bincount(numbers.ravel(), minlength=count)[1:]
    masses = np.bincount(numbers.ravel(), weights=excess.ravel(), minlength=count)[1:]
    return numbers, sizes, masses


def enhanced(values, step=0.1, extent=0.5, height=2.0):
    """Threshold-free cluster enhancement of ``values`` (x, y, z), signed (Smith and Nichols 2009).

    Each voxel's sum, over thresholds ``h`` from ``step`` up to its value, of ``e ** extent * h ** height * step`` with
    ``e`` the voxels of its cluster at ``h``.
    """
    found = np.zeros(values.size)
    for sign in (1, -1):
        side = values if sign > 0 else -values
        flat = side.ravel()
        places = np.flatnonzero(flat >= step)
        number = 1
        while len(places):
            level = number * step
            labels = ndimage.label(side >= level)[0].ravel()[places]
            gain = np.bincount(labels).astype(float) ** extent * (level**height * step * sign)
            found[places] += gain[labels]
            number += 1
            places = places[flat[places] >= number * step]
    return found.reshape(values.shape)
