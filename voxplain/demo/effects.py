"""What is planted between the two classes, and what it does to a person of class 1 at strength 1."""

import numpy as np

from voxplain.demo.grid import LATTICE

EFFECTS = ("scale", "region", "outside")
# Insula and putamen of both sides, with what is around them; mm in MNI152 space. The ellipsoids lie inside the
# brain, so that its mask never moves.
REGION_CENTRE = (36.0, -4.0, 4.0)
REGION_AXES = (28.0, 40.0, 28.0)
# Millimetres at its fastest point, and share of intensity lost in the middle.
REGION_WARP = 6.0
REGION_DARKENING = 0.15
# Millimetres of fat under the scalp and of skull.
OUTSIDE_FAT = 2.2
OUTSIDE_SKULL = 0.8


def region_radius(points):
    """Distance from the centre of the nearer planted region, 1 on its surface."""
    x, y, z = points
    offset = (np.abs(x) - REGION_CENTRE[0], y - REGION_CENTRE[1], z - REGION_CENTRE[2])
    return np.sqrt(sum((part / axis) ** 2 for part, axis in zip(offset, REGION_AXES, strict=True)))


def region_weight(points):
    """How much of the regional effect is at ``points`` (3, ...): 1 in the middle, 0 from the surface outwards."""
    return np.clip(1 - region_radius(points) ** 2, 0, None) ** 2


def region_velocity():
    """Flow of the regional effect on the lattice, (3, x, y, z), its fastest point 1 mm.

    It points away from the regions' centres and is the pull-back's: the core of each region shrinks and its shell
    fills the room, so that nothing outside moves and the brain keeps its volume.
    """
    points = LATTICE.points()
    centre = np.stack([np.sign(points[0]) * REGION_CENTRE[0], *(np.full(LATTICE.shape, c) for c in REGION_CENTRE[1:])])
    velocity = (points - centre) * region_weight(points)
    return (velocity / np.sqrt((velocity**2).sum(0)).max()).astype(np.float32)
