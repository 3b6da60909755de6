"""Shapes around the template brain as signed distances in mm (negative inside): face, neck, eyes, sinuses, spine.

Skull and scalp are not shapes here: they are layers at a distance from the brain's case, so that every person has
their own thickness of each.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from voxplain.demo.brain import Brain, load_brain
from voxplain.demo.grid import Grid, head_grid, values_at

CASE_GRID = head_grid(2.0)
SULCUS_CLOSED = 14.0
SIDES = (-1, 1)


@dataclass(frozen=True)
class Head:
    """The template head on ``grid``; ``case`` is the distance to the inside of the skull, ``shapes`` the rest."""

    grid: Grid
    points: np.ndarray
    brain: Brain
    case: np.ndarray
    shapes: dict


def ellipsoid(points, centre, axes):
    """Distance to an ellipsoid, exact on its surface and where its shortest half-axis points."""
    radius = np.sqrt(sum(((points[k] - centre[k]) / axes[k]) ** 2 for k in range(3)))
    return (radius - 1) * np.float32(min(axes))


def tube(points, path, radius):
    """Distance to a tube of ``radius`` around a polyline."""
    nearest = np.full(points.shape[1:], np.inf, np.float32)
    for start, end in zip(path[:-1], path[1:], strict=True):
        start, end = np.asarray(start, np.float32), np.asarray(end, np.float32)
        along = end - start
        offset = points - start[:, None, None, None]
        share = np.clip(np.einsum("k,kxyz->xyz", along, offset) / (along @ along), 0, 1)
        nearest = np.minimum(nearest, np.sqrt(((offset - share * along[:, None, None, None]) ** 2).sum(0)))
    return nearest - np.float32(radius)


def both_sides(shape, points, centre, axes):
    """A shape at ``centre`` and at its mirror image."""
    left, right = (shape(points, (side * centre[0], *centre[1:]), axes) for side in SIDES)
    return np.minimum(left, right)


def brain_case(brain):
    """Distance to the convex-like hull of the brain, with sulci closed by a ball of 14 mm, on ``CASE_GRID``."""
    inside = np.pad(values_at(brain.extent, brain.grid, CASE_GRID.points()) > 0.5, 10)
    near = ndimage.distance_transform_edt(~inside) * CASE_GRID.spacing <= SULCUS_CLOSED
    closed = ndimage.distance_transform_edt(near) * CASE_GRID.spacing > SULCUS_CLOSED
    closed = (closed | inside)[10:-10, 10:-10, 10:-10]
    distance = ndimage.distance_transform_edt(~closed) - ndimage.distance_transform_edt(closed)
    return ndimage.gaussian_filter(distance.astype(np.float32) * CASE_GRID.spacing, 1.0)


def _shapes(points):
    x, y, z = points
    face = ellipsoid(points, (0, 52, -62), (64, 52, 62))
    neck = 56 * (np.hypot(x / 56, (y + 22) / 62) - 1) + 0.8 * np.maximum(0, z + 45)
    jaw = ellipsoid(points, (0, 62, -104), (46, 40, 26))
    nose = ellipsoid(points, (0, 100, -50), (15, 18, 20))
    airways = [
        ellipsoid(points, (0, 58, -68), (11, 34, 20)),
        ellipsoid(points, (0, 30, -42), (12, 12, 9)),
        ellipsoid(points, (0, 76, -8), (17, 5, 11)),
        tube(points, [(0, 22, -66), (0, 16, -100), (0, 22, -140)], 8),
        both_sides(ellipsoid, points, (30, 58, -68), (13, 15, 17)),
    ]
    spine = [(0, -27, -58), (0, -36, -84), (0, -42, -140)]
    vertebrae = tube(points, [(0, 2, -72), (0, -12, -140)], 11)
    arches = [tube(points, [(s * 55, 8, -52), (s * 60, 30, -48), (s * 45, 54, -54)], 4) for s in SIDES]
    return {
        "flesh": np.minimum.reduce([face, neck, jaw, nose]),
        "orbits": both_sides(ellipsoid, points, (30, 50, -37), (20, 28, 19)),
        "eyes": both_sides(ellipsoid, points, (33, 62, -36), (13, 13, 12.5)),
        "mastoids": both_sides(ellipsoid, points, (52, -28, -52), (15, 18, 20)),
        "cheekbones": np.minimum(*arches),
        "vertebrae": np.maximum(vertebrae, z + 70),
        "discs": np.maximum(vertebrae, np.abs((z + 70) % 17 - 8.5) * -1 + 6.6),
        "canal": tube(points, spine, 9.5),
        "cord": tube(points, spine, 5),
        "air": np.minimum.reduce(airways),
    }


@cache
def template_head(spacing):
    """The head that every person of a cohort at ``spacing`` mm is a warp of; built once in a process."""
    grid, brain = head_grid(spacing), load_brain(spacing)
    points = grid.points()
    case = values_at(brain_case(brain), CASE_GRID, points, outside="nearest")
    return Head(grid, points, brain, case, _shapes(points))
