"""What has to be known of every map before any is averaged: whether it is finite, how strong, where its top begins."""

from dataclasses import dataclass

import numpy as np

# A map too faint to be scaled by is taken as it is
FAINT = 1e-30


@dataclass(frozen=True)
class FirstLook:
    """Of each map: ``finite``; ``norm``, the root of its mean square inside the mask; ``scale`` of its split, (maps,).

    ``scale`` is the mean norm of the finite maps of the same file, which is one network's: scans of one split share a
    network, and networks differ in how steep they are. Divided by it, maps of all splits are of one size. ``top`` is
    where the strongest voxels of the map begin, see `top_threshold`; infinite where it was not asked for.
    """

    finite: np.ndarray
    norm: np.ndarray
    scale: np.ndarray
    top: np.ndarray


def first_look(maps, rows, inside, top=None):
    """The `FirstLook` at ``maps``, an OpenMaps with the table ``rows``, one map at a time.

    ``inside`` (voxels,) bool is the mask in which maps are measured, ``top`` the share of its voxels that are strong.
    """
    places = np.flatnonzero(inside)
    finite, norm, begins = np.zeros(len(maps), bool), np.zeros(len(maps)), np.full(len(maps), np.inf)
    for number in range(len(maps)):
        (values,) = maps.block([number], 0, len(inside))
        # one number tells of all but maps so large that their squares are not finite
        finite[number] = np.isfinite(values @ values) or np.isfinite(values).all()
        if finite[number] and len(places):
            own = values[places]
            norm[number] = root_mean_square(own)
            if top is not None:
                begins[number] = top_threshold(own, top)
    return FirstLook(finite, norm, split_scales(rows["file"], finite, norm), begins)


def root_mean_square(values):
    """The root of the mean square of ``values`` (voxels,), summed in float64."""
    own = values.astype(np.float64)
    return np.sqrt(own @ own / len(own))


def split_scales(file, finite, norm):
    """What the maps of each ``file`` are divided by, (maps,): the mean ``norm`` of the finite ones, 1 of faint maps."""
    scale, file = np.ones(len(norm)), np.asarray(file)
    for one in np.unique(file):
        chosen = finite & (file == one)
        mean = norm[chosen].mean() if chosen.any() else 0
        scale[file == one] = mean if mean > FAINT else 1
    return scale


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
