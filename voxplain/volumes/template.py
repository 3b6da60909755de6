"""The template's brain and its mask at the study's spacing: nilearn's MNI152, or a file of the user's."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage

from voxplain.errors import InputError, SettingsError
from voxplain.volumes.grids import in_ras, resampled
from voxplain.volumes.space import space_name
from voxplain.volumes.volume import Volume, read_volume

MNI152 = "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"


@dataclass(frozen=True, eq=False)
class Template:
    """A brain without skull, ``image``, its ``mask`` of zeros and ones on the same RAS grid, and the space's name."""

    image: Volume
    mask: Volume
    name: str


def load_template(settings):
    """The template that ``settings`` (keys image, mask, spacing, margin, shape) names, resampled to ``spacing`` mm.

    Of its grid the box around the brain is kept, ``margin`` mm wider on every side; the whole grid where it is None.
    With ``shape`` it has that many voxels an axis instead, the brain in their middle, see `about_the_brain`.

    ``image: mni152`` is the skull-stripped ICBM 2009a symmetric T1 of nilearn's wheel, values from 0 to 1. Otherwise
    ``image`` and ``mask`` are files on one grid; what lies outside the mask is set to zero.
    Raises SettingsError without a mask, InputError where the two grids differ or a file is not fit.
    """
    image, mask = whole_template(settings)
    spacing = settings.get("spacing") or image.spacing
    image, mask = resampled(image, spacing), resampled(mask, spacing)
    if settings.get("shape"):
        image, mask = about_the_brain(image, mask, settings["shape"])
    else:
        image, mask = cropped(image, mask, settings.get("margin"))
    inside = mask.data > 0.5
    return Template(
        Volume(np.where(inside, image.data, 0).astype(np.float32), image.affine),
        Volume(inside.astype(np.float32), image.affine),
        space_name(settings),
    )


def whole_template(settings):
    """Image and brain mask that ``settings`` (keys image, mask) name, turned to RAS but on their own grid."""
    return _mni152() if settings["image"] == "mni152" else _own(settings)


def cropped(image, mask, margin):
    """``image`` and ``mask`` on the part of their grid within ``margin`` mm of the mask's box; all of it for None."""
    if margin is None:
        return image, mask
    places = np.argwhere(mask.data > 0.5)
    wider = np.ceil(margin / image.spacing - 1e-6).astype(int)
    first = np.maximum(places.min(axis=0) - wider, 0)
    last = np.minimum(places.max(axis=0) + wider + 1, mask.data.shape)
    box = tuple(slice(begin, end) for begin, end in zip(first, last, strict=True))
    affine = image.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ first
    return Volume(image.data[box], affine), Volume(mask.data[box], affine)


def about_the_brain(image, mask, shape):
    """``image`` and ``mask`` cut and padded with zeros to ``shape`` voxels, the middle of the mask's box in theirs.

    Raises SettingsError where the brain does not fit.
    """
    places = np.argwhere(mask.data > 0.5)
    first, last = places.min(axis=0), places.max(axis=0) + 1
    if (last - first > shape).any():
        raise SettingsError(
            f"template.shape: {list(shape)} voxels of {image.spacing[0]:g} mm, but the template's brain needs "
            f"{(last - first).tolist()}; set template.spacing higher, or leave the shape to template.margin"
        )
    start = (first + last - shape) // 2
    before, after = np.maximum(-start, 0), np.maximum(start + shape - mask.data.shape, 0)
    box = tuple(slice(begin, begin + size) for begin, size in zip(start + before, shape, strict=True))
    padding = list(zip(before, after, strict=True))
    affine = image.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ start
    return tuple(Volume(np.pad(one.data, padding)[box], affine.copy()) for one in (image, mask))


def read_template(image, mask, name):
    """The template that the files ``image`` and ``mask``, as prepared for a study, hold."""
    return Template(read_volume(image), read_volume(mask), name)


def _mni152():
    # The file is read from beside nilearn: importing nilearn would cost a second per scan
    folder = Path(find_spec("nilearn").submodule_search_locations[0]) / "datasets" / "data"
    image = read_volume(folder / MNI152)
    mask = ndimage.binary_fill_holes(image.data > 0).astype(np.float32)
    return Volume(image.data / 255, image.affine), Volume(mask, image.affine)


def _own(settings):
    if not settings.get("mask"):
        raise SettingsError(f"template.mask: none given for {settings['image']}; name the file of its brain mask")
    image, mask = (read_volume(settings[part]) for part in ("image", "mask"))
    _check_same_grid(image, mask)
    image, mask = in_ras(image), in_ras(mask)
    # Scaled when stored, a mask's 0 may come back as a little more
    return image, Volume((mask.data > 0.5).astype(np.float32), mask.affine)


def _check_same_grid(image, mask):
    if image.data.shape != mask.data.shape:
        raise InputError(
            f"template.mask: shape {mask.data.shape}, but the image's is {image.data.shape}; "
            "give a mask on the image's grid"
        )
    if np.linalg.det(image.affine[:3, :3]) * np.linalg.det(mask.affine[:3, :3]) < 0:
        raise InputError(
            f"template.mask: stored as {_axes(mask)}, but the image as {_axes(image)}: sides may be swapped; "
            "give a mask that is stored as the image"
        )
    if not image.same_grid(mask):
        raise InputError("template.mask: its affine differs from the image's; give a mask on the image's grid")
    if not 0.01 < (mask.data > 0.5).mean() < 0.99:
        raise InputError(
            f"template.mask: {(mask.data > 0.5).mean():.1%} of its voxels are above 0.5; give a mask of ones and zeros"
        )


def _axes(volume):
    return "".join(nibabel.aff2axcodes(volume.affine))
