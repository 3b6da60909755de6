"""A volume as a small script beside the report's pages, which a viewer runs when the volume is asked for.

A page that was opened from disk may run scripts beside it but read no other file, so a volume is a script that holds a
compressed NIfTI file in base64. Nothing finer than 2 mm is written, and maps keep 12 bits.
"""

import base64
import gzip
import json
import re
from pathlib import Path

import numpy as np
from nibabel import Nifti1Header
from scipy.ndimage import affine_transform

from voxplain.errors import InputError
from voxplain.report.blocks import Volume
from voxplain.report.slices import colour_limit

FINEST = 2.0  # mm
KINDS = ("anatomy", "map", "labels")
# Whole numbers that the largest value becomes: a map is told to a four-thousandth of its range
LEVELS = {"anatomy": 255, "map": 2047}
_TYPES = {"anatomy": np.uint8, "map": np.int16}
_ALIKE = 1.01


def write_volume(folder, key, array, affine, kind, title="", limit=None, names=None, group=""):
    """The `Volume` written to ``maps/<key>.js`` below the report's ``folder``, for the block `Viewer`.

    array: (x, y, z) in RAS order; affine: (4, 4) to RAS+ mm; kind: ``anatomy`` (grey, ends at its 99.5th percentile),
    ``map`` (coloured; one with values below zero has warm and cold colours) or ``labels`` (regions, told by name).
    key: letters, digits and ``-_./``, one for each volume of the report, such as ``subjects/sub-01_brain_gradient``.
    title: what readers call it; limit: end of a map's colours, its 99.9th percentile where none is given, so give one
    where maps are compared; names: of the regions by label; group: heading under which maps are chosen.
    Voxels finer than 2 mm are averaged, labels taken from the nearest. Raises InputError for another kind and key.
    """
    if kind not in KINDS:
        raise InputError(f"{key}: kind {kind!r} of a volume; give one of {', '.join(KINDS)}")
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", key, re.ASCII) or ".." in key:
        raise InputError(f"{key!r}: no name for a volume's file; use letters, digits and -_./ only")
    values, affine = coarsened(np.nan_to_num(np.asarray(array)), affine, kind == "labels")
    whole, slope = quantised(values, kind)
    signed = bool((values < 0).any())
    if limit is None:
        limit = float(np.percentile(values, 99.5) or values.max()) if kind == "anatomy" else colour_limit([values])
    path = f"maps/{key}.js"
    content = base64.b64encode(gzip.compress(nifti_bytes(whole, affine, slope), 6, mtime=0)).decode("ascii")
    target = Path(folder) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"voxplain.volumes[{json.dumps(path)}] = {json.dumps(content)};\n", encoding="ascii")
    return Volume(path, title or key, kind, float(limit), signed, dict(names or {}), group, len(content))


def coarsened(values, affine, labels=False):
    """``values`` (x, y, z) and their affine at a spacing of no less than 2 mm: means of blocks, then linear.

    Labels are those of the voxel at the block's middle. What is coarse already stays as it is.
    """
    affine = np.array(affine, float)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    blocks = np.maximum(1, np.floor(FINEST * _ALIKE / spacing)).astype(int)
    if (blocks > 1).any():
        values = _of_blocks(values, blocks, labels)
        affine = affine @ _scaled(blocks, (blocks - 1) / 2)
    steps = np.maximum(1, FINEST / (spacing * blocks))
    if (steps > _ALIKE).any():
        shape = tuple(int(length) for length in np.ceil(values.shape / steps))
        order, kind = (0, values.dtype) if labels else (1, np.float32)
        values = affine_transform(values, np.diag(steps), output_shape=shape, output=kind, order=order, mode="nearest")
        affine = affine @ _scaled(steps, np.zeros(3))
    return values, affine


def quantised(values, kind):
    """``values`` as whole numbers, and what one of them is worth; labels are whole already and worth 1."""
    if kind == "labels":
        return values.astype(np.int16 if values.max(initial=0) < 2**15 else np.int32), 1.0
    top = float(np.abs(values).max()) if values.size else 0.0
    slope = top / LEVELS[kind] if top > 0 else 1.0
    return np.round(np.clip(values / slope, *_ends(kind))).astype(_TYPES[kind]), slope


def nifti_bytes(whole, affine, slope):
    """A NIfTI-1 file of whole numbers (x, y, z) that stand for ``slope`` times their value."""
    header = Nifti1Header()
    header.set_data_dtype(whole.dtype)
    header.set_data_shape(whole.shape)
    header.set_zooms(np.linalg.norm(affine[:3, :3], axis=0))
    header.set_sform(affine, "mni")
    header.set_xyzt_units("mm")
    header["scl_slope"], header["scl_inter"], header["vox_offset"] = slope, 0, 352
    return header.binaryblock + bytes(4) + whole.astype(whole.dtype.newbyteorder("<")).tobytes(order="F")


def file_name(*parts):
    """``parts`` joined to a name that `write_volume` takes."""
    return re.sub(r"[^\w.-]+", "-", "_".join(parts), flags=re.ASCII)


def _of_blocks(values, blocks, labels):
    shape = np.array(values.shape) // blocks
    inside = values[tuple(slice(0, end) for end in shape * blocks)]
    if labels:
        return inside[tuple(slice(block // 2, None, block) for block in blocks)]
    parts = np.stack([shape, blocks], axis=1).ravel()
    return inside.reshape(parts).mean(axis=(1, 3, 5), dtype=np.float32)


def _scaled(steps, shift):
    scaled = np.diag([*steps, 1.0])
    scaled[:3, 3] = shift
    return scaled


def _ends(kind):
    return (0 if kind == "anatomy" else -LEVELS[kind]), LEVELS[kind]
