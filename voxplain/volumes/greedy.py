"""A smooth warp between two brains that an affine has aligned: greedy steps up their local correlation.

Joshi et al., Unbiased diffeomorphic atlas construction for computational anatomy, NeuroImage 2004, give the greedy
flow, without regard to the path that it takes; Cachier et al., Multimodal non-rigid warping for correction of
distortions in functional MRI, MICCAI 2000, the local correlation; Avants et al., Medical Image Analysis 2008, its
gradient. Nothing but NumPy and SciPy, on one thread and without chance, so that it repeats itself.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, uniform_filter

from voxplain.volumes.volume import Volume

FLAT = 1e-6  # variance in a window, of intensities up to 1, below which there is nothing to align
INVERSE_STEPS = 15


@dataclass(frozen=True)
class Schedule:
    """How a warp is fitted: ``levels`` are pairs of a voxel size in mm and a number of steps, coarse to fine.

    All else is in voxels of the level: ``radius`` of the cubic window in which correlation is measured, ``step``, how
    far the fastest point moves in a step, and the standard deviations of the Gaussians that smooth each step
    (``fluid``) and the whole warp after it (``elastic``).
    """

    levels: tuple
    radius: int
    step: float
    fluid: float
    elastic: float


def fitted_warp(pair_at, finest, schedule):
    """Displacement (x, y, z, 3) in voxels, float32, and the affine of its grid, from the fixed brain to the moving one.

    ``pair_at(spacing)`` gives both, as volumes on one grid of ``spacing`` mm. Levels below ``finest`` mm are not
    possible: those that would be become one of ``finest`` with the steps of the first of them.
    """
    warp, coarser = None, None
    for spacing, steps in _possible(schedule.levels, finest):
        fixed, moving = (_scaled(volume) for volume in pair_at(spacing))
        shape = fixed.data.shape
        warp = np.zeros((3, *shape), np.float32) if warp is None else _refined(warp, spacing / coarser, shape)
        for _ in range(steps):
            warp = _step(fixed.data, moving.data, warp, schedule)
        coarser = spacing
    return np.moveaxis(warp, 0, -1), fixed.affine


def inverted(warp):
    """The displacement (x, y, z, 3) in voxels that undoes ``warp``, by iterating towards its fixed point.

    Chen et al., A simple fixed-point approach to invert a deformation field, Medical Physics 2008.
    """
    there = np.moveaxis(warp, -1, 0)
    back, places = np.zeros_like(there), np.indices(there.shape[1:], np.float32)
    for _ in range(INVERSE_STEPS):
        back = -_sampled(there, places + back)
    return np.moveaxis(back, 0, -1)


def _possible(levels, finest):
    kept = {}
    for spacing, steps in levels:
        kept.setdefault(max(spacing, finest), steps)
    return kept.items()


def _scaled(volume):
    bright = volume.data[volume.data > 0]
    top = np.percentile(bright, 99.9) if bright.size else 1
    return Volume(np.clip(volume.data, 0, top).astype(np.float32) / np.float32(top), volume.affine)


def _step(fixed, moving, warp, schedule):
    places = np.indices(fixed.shape, np.float32)
    here = map_coordinates(moving, places + warp, order=1, mode="nearest", output=np.float32)
    rise = _smooth(_rise(fixed, here, schedule.radius), schedule.fluid)
    fastest = np.sqrt((rise**2).sum(axis=0).max())
    rise *= np.float32(schedule.step) / max(fastest, np.float32(1e-12))
    return _smooth(rise + _sampled(warp, places + rise), schedule.elastic)


def _rise(fixed, moving, radius):
    """Gradient (3, x, y, z) of the squared local correlation by the displacement, each window by its centre."""

    def mean(data):
        return uniform_filter(data, 2 * radius + 1)

    mean_fixed, mean_moving = mean(fixed), mean(moving)
    of_fixed = mean(fixed**2) - mean_fixed**2
    of_moving = mean(moving**2) - mean_moving**2
    shared = mean(fixed * moving) - mean_fixed * mean_moving
    textured = (of_fixed > FLAT) & (of_moving > FLAT)
    of_fixed, of_moving = (np.where(textured, one, 1) for one in (of_fixed, of_moving))
    slope = shared / of_moving
    pull = 2 * slope / of_fixed * (fixed - mean_fixed - slope * (moving - mean_moving))
    return np.stack(np.gradient(moving)) * np.where(textured, pull, 0)


def _refined(warp, ratio, shape):
    """``warp`` (3, x, y, z) on a grid of ``shape`` with the same first voxel, and of voxels ``ratio`` times as wide."""
    return _sampled(warp, np.indices(shape, np.float32) * np.float32(ratio)) / np.float32(ratio)


def _sampled(field, places):
    return np.stack([map_coordinates(part, places, order=1, mode="nearest", output=np.float32) for part in field])


def _smooth(field, sigma):
    return np.stack([gaussian_filter(part, sigma, truncate=3) for part in field])
