"""Smooth warps without folds: displacements in mm on a 4 mm lattice, exponentials of stationary velocities.

Arsigny et al., A log-Euclidean framework for statistics on diffeomorphisms, MICCAI 2006.
"""

import numpy as np

from voxplain.demo.grid import LATTICE, vectors_at
from voxplain.demo.streams import smooth_noise

SQUARINGS = 6
# Share of the warp's strength, and smoothness in mm: lobes, gyri, folds.
SCALES = ((1.0, 28.0), (0.55, 14.0), (0.25, 8.0))


def individual_velocity(generator, strength):
    """Velocity of one person's anatomy, (3, x, y, z); ``strength`` is the standard deviation of its widest part, mm."""
    velocity = np.zeros((3, *LATTICE.shape), np.float32)
    for share, width in SCALES:
        for axis in velocity:
            axis += strength * share * smooth_noise(generator, LATTICE.shape, width / LATTICE.spacing)
    return velocity


def exponential(velocity):
    """Displacement reached by following ``velocity`` for unit time, by scaling and squaring."""
    moving = velocity.any(axis=0)
    points = LATTICE.points()[:, moving]
    displacement = velocity / np.float32(2**SQUARINGS)
    for _ in range(SQUARINGS):
        step = displacement[:, moving]
        displacement[:, moving] = step + vectors_at(displacement, LATTICE, points + step)
    return displacement


def jacobian_determinant(displacement):
    """Local volume change of identity plus ``displacement``, (x, y, z); at or below zero it would fold."""
    gradient = np.stack([np.stack(np.gradient(part, LATTICE.spacing)) for part in displacement])
    (a, b, c), (d, e, f), (g, h, i) = gradient + np.eye(3, dtype=np.float32)[:, :, None, None, None]
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
