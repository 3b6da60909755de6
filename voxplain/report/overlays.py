"""A map over its own scan on three slices, in colours, made without a plotting library."""

import numpy as np

from voxplain.report.map_colours import colours_of
from voxplain.report.orientation import marked
from voxplain.report.slices import CLEAR
from voxplain.report.thumbnails import enlarged, side_by_side, slices

CROSS = (120, 255, 120)
_HEIGHT = 200
_COVER = 0.85  # of a colour over the anatomy below it
_BRIGHTEST = 200
_QUALITY = 70


def limit_of(values):
    """The end of a map's colours: the 99.9th percentile of |value|, or the largest where that is 0."""
    size = np.abs(values[np.isfinite(values)]).ravel()
    if not size.size:
        return 0.0
    place = min(int(0.999 * size.size), size.size - 1)
    return float(np.partition(size, place)[place] or size.max())


def common_point(maps, mask=None):
    """The voxel (x, y, z) where ``maps`` (x, y, z) are strongest together, each divided by its limit; None without any.

    mask: bool (x, y, z), where to look; everywhere where it is None or empty.
    """
    scaled = [np.minimum(np.abs(np.nan_to_num(one)) / limit, 1) for one in maps if (limit := limit_of(one)) > 0]
    if not scaled:
        return None
    together = np.sum(scaled, axis=0)
    if mask is not None and (together * mask).any():
        together = together * mask
    return tuple(int(place) for place in np.unravel_index(together.argmax(), together.shape))


def anatomy(volume, place, radiological=False):
    """Three slices of ``volume`` (x, y, z) through ``place`` in levels of grey, uint8 (rows, columns) each."""
    top = np.percentile(volume[::2, ::2, ::2], 99.5)
    scaled = [np.clip(plane / top if top > 0 else plane * 0, 0, 1) for plane in slices(volume, place, radiological)]
    return [(plane * _BRIGHTEST).astype(np.uint8) for plane in scaled]


def overlay(greys, values, place, limit, alt, radiological=False, height=_HEIGHT):
    """The map ``values`` (x, y, z) over the slices ``greys`` of `anatomy` as one WebP picture of 3 to 12 kB.

    Colours end at ``limit``, and below a tenth of it a map is left clear; one with negative values has warm and cold
    colours. A cross marks ``place``, the voxel that all three slices go through; left and right are marked.
    """
    signed = bool((values < 0).any())
    colours = (colours_of(signed)(np.linspace(0, 1, 256))[:, :3] * 255).astype(np.float32)
    here = np.zeros(values.shape, bool)
    here[place] = True
    factor = max(1, round(height / max(len(plane) for plane in greys)))
    painted = []
    planes = zip(greys, slices(values, place, radiological), slices(here, place, radiological), strict=True)
    for axis, (grey, plane, point) in enumerate(planes):
        shown = np.nan_to_num(plane) / limit if limit > 0 else np.zeros(plane.shape)
        level = np.clip((shown + 1) / 2 if signed else shown, 0, 1)
        cover = np.where(np.abs(shown) >= CLEAR, _COVER, 0)[..., None]
        mixed = grey[..., None] * (1 - cover) + colours[np.round(level * 255).astype(int)] * cover
        colour = enlarged(mixed.astype(np.uint8), factor)
        _cross(colour, *(int(middle * factor + factor // 2) for middle in np.argwhere(point)[0]))
        painted.append(np.asarray(marked(colour, radiological)) if axis else colour)
    return side_by_side(painted, alt, quality=_QUALITY, method=2)


def _cross(colour, row, column, inner=5, outer=16):
    for near, far in ((-outer, -inner), (inner, outer)):
        colour[max(0, row + near) : max(0, row + far), max(0, column - 1) : column + 1] = CROSS
        colour[max(0, row - 1) : row + 1, max(0, column + near) : max(0, column + far)] = CROSS
