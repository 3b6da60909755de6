"""Grey matter, white matter and air of a T1 volume, found well enough to measure contrast and noise by."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from voxplain.volumes.volume import Volume

TISSUE_STEP = 2.0  # mm; every second voxel of a 1 mm volume has the same noise as all of them
AIR_STEP = 4.0  # mm
LEVELS = 256
STARTS = 1 / 6, 1 / 2, 5 / 6  # of the voxels are darker than the first middle of each class
AWAY = 12.0  # mm from anything bright
FEWEST = 100  # voxels of which a deviation is worth its name
NORMAL = 1.4826  # standard deviation of normal values over their median absolute deviation


@dataclass(frozen=True)
class Tissue:
    """Median, standard deviation and scaled median absolute deviation of ``count`` voxels' intensities."""

    median: float
    deviation: float
    mad: float
    count: int


def tissues(volume, mask):
    """Grey matter and white matter as Tissues, and the air's standard deviation, nan where there is no air to look at.

    ``volume`` and its brain ``mask`` lie on one grid. Three classes, the two brighter ones grey and white matter, come
    from k-means of the intensities inside the mask, after a median filter of 3 x 3 x 3 voxels so that noise does not
    choose the class; a class is measured, unfiltered, where all its neighbours are of it too. Air is farther than
    12 mm from anything bright and not exactly zero, which is what defacing and padding leave. None where the brain has
    too few voxels or levels.
    """
    inside = _thinned(mask, TISSUE_STEP).data > 0.5
    boxes = ndimage.find_objects(inside.astype(np.uint8))
    if not boxes:
        return None
    data, inside = _thinned(volume, TISSUE_STEP).data[boxes[0]], inside[boxes[0]]
    calm = ndimage.median_filter(data, size=3)
    middles = class_middles(calm[inside])
    if middles is None:
        return None
    classes = np.zeros(data.shape, np.uint8)
    classes[inside] = 1 + np.searchsorted((middles[1:] + middles[:-1]) / 2, calm[inside])
    grey, white = (_described(data, classes == number) for number in (2, 3))
    return grey, white, air_deviation(volume)


def air_deviation(volume):
    """Standard deviation of the air around a head; nan where there are fewer than 100 voxels of it."""
    thin = _thinned(volume, AIR_STEP)
    calm = ndimage.uniform_filter(thin.data, size=3)
    if calm.min() == calm.max():
        return math.nan
    far = ndimage.distance_transform_edt(calm <= otsu(calm), sampling=thin.spacing) > AWAY
    values = thin.data[far & (thin.data != 0)]
    return float(values.std(dtype=np.float64)) if values.size >= FEWEST else math.nan


def class_middles(values):
    """Rising means of three classes of ``values`` by k-means on their histogram; None where there are not three.

    Lloyd, Least squares quantization in PCM, IEEE Transactions on Information Theory 1982; always begun at the same
    quantiles, so that the same values give the same classes.
    """
    if values.size < FEWEST:
        return None
    counts, edges = np.histogram(values, LEVELS, np.percentile(values, (0.1, 99.9)))
    levels = (edges[1:] + edges[:-1]) / 2
    middles = np.interp(STARTS, np.cumsum(counts) / counts.sum(), levels)
    for _ in range(LEVELS):
        classes = np.searchsorted((middles[1:] + middles[:-1]) / 2, levels)
        sizes = np.bincount(classes, counts, 3)
        if not sizes.all():
            return None
        moved = np.bincount(classes, counts * levels, 3) / sizes
        if np.allclose(moved, middles, rtol=0, atol=1e-6 * (edges[-1] - edges[0])):
            break
        middles = moved
    return middles


def otsu(values):
    """The threshold that parts ``values`` into two classes with the least variance within them.

    Otsu, A threshold selection method from gray-level histograms, IEEE Transactions on Systems, Man and Cybernetics
    1979.
    """
    counts, edges = np.histogram(values, LEVELS, (values.min(), np.percentile(values, 99.9)))
    levels = (edges[1:] + edges[:-1]) / 2
    darker, weight = np.cumsum(counts), np.cumsum(counts * levels)
    brighter = darker[-1] - darker
    with np.errstate(invalid="ignore", divide="ignore"):
        between = darker * brighter * (weight / darker - (weight[-1] - weight) / brighter) ** 2
    return float(edges[1 + np.nanargmax(between[:-1])])


def _described(data, chosen):
    pure = ndimage.binary_erosion(chosen)
    values = data[pure if pure.sum() >= FEWEST else chosen].astype(np.float64)
    median = float(np.median(values))
    return Tissue(median, float(values.std()), NORMAL * float(np.median(np.abs(values - median))), values.size)


def _thinned(volume, step):
    """Every n-th voxel of ``volume`` along each axis, so that what is left is ``step`` mm apart or less."""
    steps = [max(1, int(step / size + 1e-3)) for size in volume.spacing]
    chosen = tuple(slice(None, None, one) for one in steps)
    return Volume(volume.data[chosen], volume.affine @ np.diag([*steps, 1]))
