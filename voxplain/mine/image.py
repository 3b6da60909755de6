"""One image that somebody has: a NIfTI volume or a picture, read whole, and where a map of it belongs."""

from dataclasses import dataclass, field
from pathlib import Path

import nibabel
import numpy as np
from nibabel import orientations
from nibabel.spatialimages import HeaderDataError

from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError
from voxplain.mine.photos import read_photo
from voxplain.mine.places import is_photo
from voxplain.volumes.intensities import mend_intensities
from voxplain.volumes.nifti import read_as_it_stands


@dataclass(frozen=True, eq=False)
class Image:
    """``data`` (channels, x, y, z) or (channels, height, width), float32, as the file holds it; of a NIfTI its header.

    ``notes`` say what was not as it should be and was mended.
    """

    name: str
    data: np.ndarray
    header: nibabel.Nifti1Header | None = None
    notes: list = field(default_factory=list)

    @property
    def shape(self):
        """Spatial shape, (x, y, z) or (height, width)."""
        return self.data.shape[1:]

    @property
    def affine(self):
        """The 4 x 4 affine to RAS+ millimetres, of the sform before the qform; None where neither is set."""
        if self.header is None or not (self.header["sform_code"] or self.header["qform_code"]):
            return None
        try:
            affine = self.header.get_best_affine()
        except (HeaderDataError, ValueError):
            return None
        return affine if np.isfinite(affine).all() and np.linalg.det(affine[:3, :3]) else None

    def turned(self, values, axes):
        """``values`` (channels, x, y, z) of this image with their axes as ``axes``, such as RAS; None: as they are.

        Raises SettingsError for axes that are none, InputError where the header does not say which axis is which.
        """
        return values if axes is None else _along(values, self._own_axes(axes), _directions(axes))

    def turned_back(self, values, axes):
        """What `turned` gave, or what has its shape, with the image's own axes again."""
        return values if axes is None else _along(values, _directions(axes), self._own_axes(axes))

    def _own_axes(self, axes):
        if self.header is None:
            raise SettingsError(f"axes is {axes}, but {self.name} is a picture, which has none; leave it out")
        if self.affine is None:
            raise InputError(f"{self.name}: no form places it, so which axis is which is unknown; leave axes out")
        return orientations.io_orientation(self.affine)


def read_image(path, channels=None):
    """The image in the file ``path``; ``channels`` 1 or 3 makes a picture grey or coloured, whatever it is.

    Files named .png, .jpg, .bmp, .tif or .webp are pictures, with values from 0 to 1; all others are NIfTI. Raises
    InputError, in one line, for a file that is missing, damaged or something else, for more than one volume or frame,
    for NaN inside the image and for an image that is the same everywhere.
    """
    path = Path(path)
    name = shown(path.name)
    if not path.exists():
        raise InputError(f"{path}: there is no such file; correct the path of the volume")
    if is_photo(path):
        data, notes = read_photo(path, name, channels)
        return Image(name, data, None, notes)
    if channels is not None:
        raise SettingsError(f"channels is {channels}, but {name} is a volume and no picture; leave it out")
    data, header, notes = read_as_it_stands(path)
    return Image(name, data[None], header, notes + mend_intensities(data, name))


def write_like(image, values):
    """The NIfTI image of ``values`` (x, y, z), float32, whose header places it exactly as that of ``image`` does."""
    longer = isinstance(image.header, nibabel.Nifti2Header)
    # without an affine nibabel sets no form, so that both stay what the file says, also where they disagree
    written = (nibabel.Nifti2Image if longer else nibabel.Nifti1Image)(np.asarray(values, np.float32), None)
    for key in ("sform_code", "qform_code", "srow_x", "srow_y", "srow_z", "xyzt_units"):
        written.header[key] = image.header[key]
    for key in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"):
        written.header[key] = image.header[key]
    written.header["pixdim"][:4] = image.header["pixdim"][:4]
    return written


def _directions(axes):
    pairs = "LR", "PA", "IS"
    if not isinstance(axes, str) or len(axes) != 3 or any(len(set(pair) & set(axes)) != 1 for pair in pairs):
        raise SettingsError(f"axes is {axes!r}; give three letters, one each of L or R, P or A, I or S, such as RAS")
    return orientations.axcodes2ornt(axes)


def _along(values, own, asked):
    turn = orientations.ornt_transform(own, asked)
    return np.ascontiguousarray(np.stack([orientations.apply_orientation(one, turn) for one in values]))
