"""A volume with its affine: read only when it can be trusted, written whole and with the same bytes each time."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import written_whole

SMALLEST_AXIS = 32
SPACING_LIMITS = 0.3, 6.0  # mm
SHEAR_TOLERANCE = 1e-3
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


def read_volume(path):
    """The volume in the NIfTI file ``path``, read to its last byte and found fit for registration.

    Raises InputError, in one line, for a file that is missing, damaged or not NIfTI, for anything but one finite,
    three-dimensional, non-constant volume of at least 32 voxels an axis, and for a header that does not place it in
    space: no form code, sheared axes, voxels outside 0.3 to 6 mm.
    """
    path = Path(path)
    try:
        image = nibabel.load(path)
        _check_header(image, path.name)
        data = np.asanyarray(image.dataobj)
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path.name}: cannot be read in full ({reason}); fetch or convert it again") from error
    data = data.astype(np.float32)
    _check_data(data, path.name)
    return Volume(data, image.affine.astype(np.float64))


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


def _check_header(image, name):
    if not isinstance(image, nibabel.Nifti1Image):
        raise InputError(f"{name}: {type(image).__name__} found; convert it to NIfTI")
    if image.get_data_dtype().fields:
        raise InputError(f"{name}: {len(image.get_data_dtype().fields)} components a voxel (colour); give one volume")
    if image.get_data_dtype().kind == "c":
        raise InputError(f"{name}: complex values found; give the magnitude")
    if len(image.shape) != 3:
        volumes = int(np.prod(image.shape[3:]))
        raise InputError(f"{name}: {len(image.shape)}-D with {volumes} volumes found; give one 3-D volume")
    if min(image.shape) < SMALLEST_AXIS:
        raise InputError(f"{name}: shape {image.shape}; every axis needs at least {SMALLEST_AXIS} voxels")
    if max(int(image.header["qform_code"]), int(image.header["sform_code"])) <= 0:
        raise InputError(f"{name}: neither sform nor qform is set, so left and right are unknown; restore the header")
    if not np.isfinite(image.affine).all():
        raise InputError(f"{name}: the affine is not finite; restore the header")
    axes = image.affine[:3, :3]
    spacing = np.sqrt((axes**2).sum(axis=0))
    low, high = SPACING_LIMITS
    if not ((spacing >= low - 1e-3) & (spacing <= high + 1e-3)).all():
        sizes = " x ".join(f"{size:.3g}" for size in spacing)
        raise InputError(f"{name}: voxels of {sizes} mm; they must lie between {low:g} and {high:g} mm")
    turned = axes / spacing
    shear = np.abs(turned.T @ turned - np.eye(3)).max()
    if shear > SHEAR_TOLERANCE:
        raise InputError(f"{name}: the axes are not at right angles (off by {shear:.3f}); resample it without shear")


def _check_data(data, name):
    broken = data.size - int(np.isfinite(data).sum())
    if broken:
        nan = int(np.isnan(data).sum())
        raise InputError(f"{name}: {nan} NaN and {broken - nan} infinite voxels; mend or replace the volume")
    if data.std(dtype=np.float64) == 0:
        raise InputError(f"{name}: every voxel is {data.flat[0]:g}; fetch or convert it again")
