"""Maps of one scan that know nothing of the network, which a method's map has to beat."""

import numpy as np

from voxplain.sanity.references import edges, matched_random_maps

NAMES = ("random", "centre", "edges")


def network_free(values, region, brain, mean, number, seed):
    """``{random, centre, edges}``: lists of maps (x, y, z), ``number`` of random ones, None for what there is none of.

    ``random`` are Gaussian fields with the autocorrelation that the map ``values`` (x, y, z) has inside ``region``;
    none of a map that is constant there or not finite. ``centre`` is as high as a voxel is near the middle of the mask
    ``brain`` (x, y, z). ``edges`` is how steep ``mean`` (x, y, z) is, the mean T1 of the training scans; None: none.
    """
    seen = values[region]
    varies = bool(len(seen)) and bool(np.isfinite(seen).all()) and bool(seen.min() < seen.max())
    random = list(matched_random_maps(values, region, number, seed)) if varies else [None]
    steep = None if mean is None else edges(mean)
    return {"random": random, "centre": [centre(brain) if brain.any() else None], "edges": [steep]}


def centre(brain):
    """A Gaussian (x, y, z) around the middle of the mask ``brain``, as wide as the brain along each axis."""
    inside = np.argwhere(brain)
    middle, spread = inside.mean(axis=0), np.maximum(inside.std(axis=0), 0.5)
    grid = np.indices(brain.shape, np.float64)
    away = sum(((axis - at) / width) ** 2 for axis, at, width in zip(grid, middle, spread, strict=True))
    return np.exp(-away / 2)
