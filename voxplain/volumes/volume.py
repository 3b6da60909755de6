"""A volume with its affine: read only when it can be trusted, written whole and with the same bytes each time."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.volumes.intensities import mend_intensities
from voxplain.volumes.nifti import read_nifti

ALIGNED = 2  # NIfTI form code: aligned to some other image


@dataclass(frozen=True, eq=False)
class Volume:
    """Intensities ``data`` (x, y, z), float32, and the 4 x 4 ``affine`` from voxel indices to RAS+ millimetres."""

    data: np.ndarray
    affine: np.ndarray

    @property
    def spacing(self):
        """Voxel size along each axis, in mm."""
        return np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))

    @property
    def voxel_ml(self):
        """Volume of one voxel in ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000

    def same_grid(self, other):
        """Whether ``other`` has the same shape and, within 0.001 mm, the same affine."""
        return self.data.shape == other.data.shape and np.allclose(self.affine, other.affine, atol=1e-3)


def read_volume(path, form="refuse"):
    """The volume in the NIfTI file ``path``, read to its last byte and found fit for registration.

    Raises InputError, in one line, for a file that is missing, damaged or not NIfTI, for anything but one finite,
    three-dimensional, non-constant volume of at least 32 voxels an axis, and for a header that does not place it in
    space: no form code, two that disagree (unless ``form`` is sform or qform and so says which is right), sheared
    axes, voxels outside 0.3 to 6 mm.
    """
    return read_noted(path, form)[0]


def read_noted(path, form="refuse"):
    """The volume as `read_volume` reads it, and a list of short texts: what was not as it should be and was mended."""
    data, affine, notes = read_nifti(path, form)
    return Volume(data, affine), notes + mend_intensities(data, shown(Path(path).name))


def read_mask(path, head, form="refuse"):
    """The brain mask in the file ``path``, 0 and 1 on the grid of the volume ``head``, and notes as `read_noted` has.

    Raises InputError as `read_volume`, and for a mask on another grid.
    """
    mask, notes = read_noted(path, form)
    if not mask.same_grid(head):
        told = f"shape {mask.data.shape} on another grid than the volume's {head.data.shape}"
        if mask.data.shape == head.data.shape:
            told = "its header places it elsewhere than the volume's does"
        hint = "give the mask of this volume, or set strip to ants"
        raise InputError(f"{shown(Path(path).name)}: {told}; {hint}")
    return Volume((mask.data > 0.5).astype(np.float32), mask.affine), [f"mask: {note}" for note in notes]


def save_volume(path, volume, dtype=np.float32, code=ALIGNED):
    """Write ``volume`` to ``path`` (.nii or .nii.gz) as ``dtype``; the same volume gives the same bytes.

    ``code`` is the NIfTI form code: 1 scanner, 2 aligned, 4 MNI152.
    """
    image = nibabel.Nifti1Image(np.asarray(volume.data).astype(dtype), volume.affine)
    image.set_sform(volume.affine, code)
    image.set_qform(volume.affine, code)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    with written_whole(path) as part:
        part.write_bytes(gzip.compress(content, 1, mtime=0) if part.suffix == ".gz" else content)
