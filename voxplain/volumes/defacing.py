"""A head without its face, for volumes that are given away: everything before and below a plane along the brain.

Quickshear (Schimke and Hale, Quickshear defacing for neuroimages, HealthSec 2011), by the package of that name: it
needs a brain mask, no network and no weights. The plane touches the brain from below and in front, and is moved away.
"""

import warnings

import nibabel
import numpy as np

from voxplain.errors import InputError

BEFORE = nibabel.orientations.axcodes2ornt("RPS")


def without_face(volume, mask, distance=10.0):
    """A copy of the ``Volume``'s data (x, y, z) with 0 in its face, and where that is, of the same shape.

    ``mask`` is the brain mask on the same grid, ``distance`` that of the plane to the brain, in mm upwards. No voxel of
    the brain is touched. Raises InputError for a mask without a brain and one whose plane would cut it.
    """
    brain = mask.data > 0.5
    if not brain.any() or not volume.same_grid(mask):
        raise InputError("there is no brain mask on the volume's grid, and without one no face is found")
    face = _face(brain, mask.affine, distance)
    if (face & brain).any():
        raise InputError("the plane before the face would cut the brain mask; look at this mask before sharing")
    data = np.array(volume.data)
    data[face] = 0
    return data, face


def _face(brain, affine, distance):
    from quickshear import quickshear

    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(affine), BEFORE)
    turned = nibabel.orientations.apply_orientation(brain, turn).astype(np.uint8)
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))[np.argsort(turn[:, 0])]
    # quickshear counts along the one axis what lies along the other: with both of one length they are the same
    longest = max(turned.shape[1:])
    square = np.zeros((turned.shape[0], longest, longest), np.uint8)
    square[:, : turned.shape[1], : turned.shape[2]] = turned
    grid = np.diag([spacing[0], -spacing[1], spacing[2], 1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy, for products of vectors of two
        kept = quickshear(
            nibabel.Nifti1Image(np.ones_like(square), grid), nibabel.Nifti1Image(square, grid), distance / spacing[2]
        )
    kept = np.asarray(kept.dataobj)[:, : turned.shape[1], : turned.shape[2]] > 0
    back = nibabel.orientations.ornt_transform(BEFORE, nibabel.io_orientation(affine))
    return ~nibabel.orientations.apply_orientation(kept, back)
