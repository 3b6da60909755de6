"""Intensities that registration can use: NaN around the head is background, any other is a fault."""

import numpy as np
from scipy import ndimage

from voxplain.errors import InputError


def mend_intensities(data, name):
    """Set NaN that reaches the border of ``data`` (x, y, z) to zero, in place; the notes that say so.

    Raises InputError where NaN or infinite voxels are left inside, and where all voxels are the same.
    """
    missing, notes = np.isnan(data), []
    if missing.all():
        raise InputError(f"{name}: every voxel is nan; fetch or convert it again")
    if missing.any():
        background = _reaching_the_border(missing)
        data[background] = 0
        missing &= ~background
        count = int(background.sum())
        notes = [f"NaN background set to 0 ({count} voxels)"] if count else []
    nan, infinite = int(missing.sum()), int(np.isinf(data).sum())
    if nan or infinite:
        raise InputError(f"{name}: {nan} NaN and {infinite} infinite voxels; mend or replace the volume")
    if data.std(dtype=np.float64) == 0:
        raise InputError(f"{name}: every voxel is {data.flat[0]:g}; fetch or convert it again")
    return notes


def _reaching_the_border(missing):
    labels, _ = ndimage.label(missing, np.ones((3, 3, 3)))
    faces = [labels.take(end, axis).ravel() for axis in range(3) for end in (0, -1)]
    outer = np.unique(np.concatenate(faces))
    return np.isin(labels, outer[outer > 0])
