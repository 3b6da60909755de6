"""Planes through a volume as they are looked at: from the side, from the front, from above."""

from dataclasses import dataclass

import numpy as np
from nibabel import orientations

CUTS = 5
MIDDLE = 0.8  # of the head's box
FAINT = 0.1  # of the range of intensities
# Axes of the planes across x, y and z: columns to the right, rows upwards
ACROSS = {0: (1, 2), 1: (0, 2), 2: (0, 1)}


@dataclass(frozen=True, eq=False)
class Plane:
    """A slice of image and map, (rows, columns) with the top first; ``size`` in mm, rows and columns."""

    image: np.ndarray
    map: np.ndarray
    size: tuple
    title: str
    sides: bool  # whether left is left and right is right


def planes(explanation):
    """For each direction a list of the planes that are shown: evenly spread, and one through the largest value.

    The volume is turned so that x runs to the right, y to the front and z up, as far as its header places it.
    """
    affine, header = explanation.affine, explanation.image.header
    image, found = explanation.image.data.mean(0), explanation.map
    spacing, sides = np.abs(np.asarray(header["pixdim"][1:4], float)), affine is not None
    if sides:
        turn = orientations.io_orientation(affine)
        affine = affine @ orientations.inv_ornt_aff(turn, image.shape)
        image, found = (orientations.apply_orientation(one, turn) for one in (image, found))
        spacing = np.sqrt((affine[:3, :3] ** 2).sum(0))
    spacing = np.where(np.isfinite(spacing) & (spacing > 0), spacing, 1)
    peak = np.unravel_index(np.abs(found).argmax(), found.shape)
    drawn = []
    for axis, (right, up) in ACROSS.items():
        row = []
        for cut in cuts(image, axis, peak[axis]):
            title = f"{'xyz'[axis]} {_place(affine, image.shape, axis, cut):.0f} mm" if sides else f"slice {cut}"
            size = image.shape[up] * spacing[up], image.shape[right] * spacing[right]
            parts = (np.flipud(one.take(cut, axis).T) for one in (image, found))
            row.append(Plane(*parts, size, title, sides and axis > 0))
        drawn.append(row)
    return drawn


def cuts(image, axis, peak):
    """Up to five indices along ``axis``, evenly spread over what is not background, the nearest one moved to ``peak``.

    Background is what differs little from the value of the first corner.
    """
    low, high = np.percentile(image, (1, 99.5))
    away = np.abs(image - image.flat[0]) > FAINT * (high - low)
    inside = np.flatnonzero(away.any(tuple(one for one in range(3) if one != axis)))
    first, last = (inside[0], inside[-1]) if len(inside) else (0, image.shape[axis] - 1)
    margin = (last - first) * (1 - MIDDLE) / 2
    spread = np.round(np.linspace(first + margin, last - margin, CUTS)).astype(int)
    spread[np.abs(spread - peak).argmin()] = peak
    return sorted({int(one) for one in spread})


def _place(affine, shape, axis, cut):
    """Millimetres along ``axis`` of the middle of a slice."""
    middle = np.append((np.asarray(shape) - 1) / 2, 1)
    middle[axis] = cut
    return float((affine @ middle)[axis])
