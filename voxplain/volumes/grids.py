"""Voxel grids: smoothing before a coarser one, and the same volume at another spacing."""

import nibabel
import numpy as np
from scipy import ndimage

from voxplain.volumes.volume import Volume

FWHM = np.sqrt(8 * np.log(2))


def smoothed(volume, spacing):
    """``volume``, blurred to the resolution of voxels of ``spacing`` mm so that sampling it there does not alias.

    A voxel of width w is taken as a Gaussian whose full width at half maximum is w. Finer grids leave it as it is.
    """
    missing = np.sqrt(np.clip(np.square(spacing) - np.square(volume.spacing), 0, None))
    sigmas = missing / volume.spacing / FWHM
    if sigmas.max() < 0.1:
        return volume
    return Volume(ndimage.gaussian_filter(volume.data, sigmas), volume.affine)


def resampled(volume, spacing):
    """``volume`` on a grid of ``spacing`` mm (one, or one an axis) with the same first voxel and the same axes."""
    ratio = spacing / volume.spacing
    if np.allclose(ratio, 1, atol=1e-3):
        return volume
    shape = tuple(int(n) for n in np.ceil(np.array(volume.data.shape) / ratio))
    data = ndimage.affine_transform(smoothed(volume, spacing).data, np.diag(ratio), output_shape=shape, order=1)
    return Volume(data, volume.affine @ np.diag([*ratio, 1]))


def regridded(volume, shape, affine, order=1):
    """``volume`` on the grid of ``shape`` and ``affine``, linearly or, with order 0, by its nearest voxel; else 0."""
    if volume.same_grid(Volume(np.empty(shape, np.bool_), affine)):
        return volume
    there = np.linalg.inv(volume.affine) @ affine
    return Volume(ndimage.affine_transform(volume.data, there, output_shape=tuple(shape), order=order), affine)


def in_ras(volume):
    """``volume`` with its axes reversed and exchanged, no more, until they run to the right, the front and the top."""
    turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(volume.data, volume.affine))
    return Volume(np.ascontiguousarray(turned.dataobj), turned.affine)
