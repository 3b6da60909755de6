"""What has to be known of every map before any is averaged: whether it is finite, how strong, where its top begins."""

from dataclasses import dataclass

import numpy as np

# A map too faint to be scaled by is taken as it is
FAINT = 1e-30


@dataclass(frozen=True)
class FirstLook:
    """Of each map: ``finite``; ``norm``, the root of its mean square inside the mask; ``scale`` of its split, (maps,).

    ``scale`` is the mean norm of the finite maps of the same file, which is one network's: scans of one split share a
    network, and networks differ in how steep they are. Divided by it, maps of all splits are of one size.
    """

    finite: np.ndarray
    norm: np.ndarray
    scale: np.ndarray


def first_look(maps, rows, inside):
    """The `FirstLook` at ``maps``, an OpenMaps with the table ``rows``, one map at a time.

    ``inside`` (voxels,) bool is the mask in which maps are measured.
    """
    places = np.flatnonzero(inside)
    finite, norm = np.zeros(len(maps), bool), np.zeros(len(maps))
    for number in range(len(maps)):
        (values,) = maps.block([number], 0, len(inside))
        finite[number] = np.isfinite(values).all()
        if finite[number] and len(places):
            own = values[places].astype(np.float64)
            norm[number] = np.sqrt(own @ own / len(places))
    scale = np.ones(len(maps))
    file = rows["file"].to_numpy()
    for one in np.unique(file):
        chosen = finite & (file == one)
        mean = norm[chosen].mean() if chosen.any() else 0
        scale[file == one] = mean if mean > FAINT else 1
    return FirstLook(finite, norm, scale)


def top_threshold(values, share):
    """The |value| from which on a voxel is among the ``share`` strongest of ``values`` (voxels,); never zero.

    Infinite where there is no voxel that is not zero. Ties at the threshold all count as top.
    """
    size = np.abs(values)
    number = max(round(share * len(size)), 1)
    if not len(size) or not size.any():
        return np.inf
    threshold = np.partition(size, len(size) - number)[len(size) - number]
    return float(threshold) if threshold > 0 else float(size[size > 0].min())
