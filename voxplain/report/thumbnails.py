"""Small pictures of prepared volumes with the contours of two masks, made without a plotting library."""

import io

import numpy as np
from PIL import Image
from scipy.ndimage import binary_erosion

from voxplain.report.blocks import Picture
from voxplain.report.figures import data_uri
from voxplain.report.orientation import marked, turned

TEMPLATE_COLOUR = (40, 200, 255)
MASK_COLOUR = (255, 140, 0)
_HEIGHT = 150
# Few levels of grey on pixels no finer than 2 mm pack to a third of a JPEG, and contours stay sharp
_LEVELS = 24
_BRIGHTEST = 235
_FINEST = 130  # rows of grey in a picture


def mask_edge(mask):
    """The outermost pixels of a mask, bool (rows, columns), one pixel thick and inside it."""
    return mask & ~binary_erosion(mask)


def middle(mask):
    """The voxel (x, y, z) at the middle of a mask's box, or of the grid where the mask is empty."""
    if not mask.any():
        return tuple(length // 2 for length in mask.shape)
    along = [np.flatnonzero(mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    return tuple(int(found[0] + found[-1]) // 2 for found in along)


def slices(volume, place, radiological=False):
    """Sagittal, coronal and axial slices through ``place``, each (rows, columns) with the head's top or front up.

    radiological: the right side of the head lies on the left of coronal and axial slices.
    """
    x, y, z = place
    sagittal, coronal, axial = (np.flipud(plane.T) for plane in (volume[x], volume[:, y], volume[:, :, z]))
    return [sagittal, turned(coronal, radiological), turned(axial, radiological)]


def thumbnail(volume, mask, template_mask, alt, height=_HEIGHT, radiological=False):
    """Three slices through the middle of the brain as one WebP picture of 5 to 15 kB.

    volume: (x, y, z), any unit, RAS; mask: the scan's own brain mask or None, orange; template_mask: blue, None for a
    volume that lies on a grid of its own, whose middle is that of its own brain.
    All share one grid. Left and right are marked; radiological as for `slices`. Slices are enlarged by a whole number
    before contours are drawn, so that lines stay thin.
    """
    brain = next((one for one in (template_mask, mask) if one is not None), np.ones(volume.shape, bool))
    place = middle(brain)
    top = np.percentile(volume[brain] if brain.any() else volume, 99.5)
    planes = [
        np.clip(plane / top if top > 0 else np.zeros_like(plane), 0, 1) for plane in slices(volume, place, radiological)
    ]
    longest = max(len(plane) for plane in planes)
    factor, pooled = max(1, round(height / longest)), max(1, round(longest / _FINEST))
    drawn = (template_mask, TEMPLATE_COLOUR), (mask, MASK_COLOUR)
    outlines = [(slices(outline, place, radiological), paint) for outline, paint in drawn if outline is not None]
    painted = []
    for axis, plane in enumerate(planes):
        colour = np.repeat(enlarged(_grey(plane, pooled), factor)[..., None], 3, axis=2)
        for outline, paint in outlines:
            colour[mask_edge(enlarged(outline[axis], factor))] = paint
        painted.append(np.asarray(marked(colour, radiological)) if axis else colour)
    return side_by_side(painted, alt, lossless=True, quality=70)


def side_by_side(planes, alt, **how):
    """Coloured slices (rows, columns, 3), uint8, as one WebP picture; ``how`` is Pillow's of writing it."""
    rows = max(len(plane) for plane in planes)
    montage = np.concatenate([padded(plane, rows) for plane in planes], axis=1)
    written = io.BytesIO()
    Image.fromarray(montage).save(written, format="WEBP", **how)
    return Picture(data_uri(written.getvalue(), "image/webp"), alt, montage.shape[1], montage.shape[0])


def _grey(plane, pooled):
    """Levels of grey of a plane (rows, columns) from 0 to 1, blocks of ``pooled`` by ``pooled`` pixels being alike."""
    rows, columns = plane.shape
    wider = np.pad(plane, ((0, -rows % pooled), (0, -columns % pooled)), mode="edge")
    means = wider.reshape(len(wider) // pooled, pooled, -1, pooled).mean(axis=(1, 3))
    levels = np.round(means * (_LEVELS - 1)) * (_BRIGHTEST / (_LEVELS - 1))
    return enlarged(levels.astype(np.uint8), pooled)[:rows, :columns]


def enlarged(plane, factor):
    """A slice (rows, columns, ...) with every pixel ``factor`` by ``factor`` times."""
    return plane.repeat(factor, axis=0).repeat(factor, axis=1)


def padded(plane, rows):
    """A slice (height, columns, 3) with black above and below it, so that it has ``rows`` rows."""
    missing = rows - len(plane)
    return np.pad(plane, ((missing // 2, missing - missing // 2), (0, 0), (0, 0)))
