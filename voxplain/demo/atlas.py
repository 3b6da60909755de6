"""A small label volume for the made cohort: the planted regions, and a coarse parcellation of the rest of the brain."""

import numpy as np

from voxplain.demo.brain import load_brain
from voxplain.demo.effects import region_radius
from voxplain.demo.grid import values_at

SIDES = ("left", "right")
PLANTED = "planted region"
# Coarse parts of each hemisphere, cut by planes of MNI152 space.
PARTS = ("frontal", "parietal", "occipital", "temporal", "central", "cerebellum and brainstem")
PLANTED_RADIUS = 0.75


def region_names():
    """Name of every label, ``{1: "left planted region", 2: "right planted region", 3: "left frontal", ...}``."""
    return {
        2 * place + side + 1: f"{SIDES[side]} {name}" for place, name in enumerate((PLANTED, *PARTS)) for side in (0, 1)
    }


def region_labels(shape, affine):
    """Label of every voxel of a grid in MNI152 space, (x, y, z) uint8, 0 outside the brain.

    ``affine`` (4, 4) leads from voxel indices to millimetres. The planted regions are where the effect is strong.
    """
    affine = np.asarray(affine, np.float32)
    points = np.einsum("ij,jxyz->ixyz", affine[:3, :3], np.indices(shape, np.float32)) + affine[:3, 3, None, None, None]
    x, y, z = points
    brain = load_brain(1.0)
    temporal = (np.abs(x) > 28) & (z < 0.25 * y + 6) & (y < 20) & (y > -70)
    central = (np.abs(x) < 28) & (np.abs(z - 4) < 22) & (np.abs(y + 8) < 36)
    places = np.select(
        [region_radius(points) < PLANTED_RADIUS, (z < -0.35 * y - 36) & (y < 0), temporal, central, y < -66, y < -20],
        [0, 6, 4, 5, 3, 2],
        default=1,
    )
    labels = 2 * places + (x > 0) + 1
    return np.where(values_at(brain.extent, brain.grid, points) > 0.5, labels, 0).astype(np.uint8)
