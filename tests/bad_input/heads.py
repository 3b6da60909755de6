"""Small heads, each subject's its own, as NIfTI files in every state that people send them in."""

import gzip
import struct
from functools import cache

import numpy as np
from nibabel import Nifti1Header

from tests.library.volumes.strange_volumes import plain

SIZE = 32
AFFINE = np.array([[2.0, 0, 0, -31], [0, 2, 0, -31], [0, 0, 2, -31], [0, 0, 0, 1]])


@cache
def head(source_id):
    """Intensities (x, y, z), even whole numbers: a ball of noise, and nothing around it."""
    noise = np.random.default_rng(list(source_id.encode())).integers(20, 200, (SIZE, SIZE, SIZE))
    return np.where(brain(), 2 * noise, 0).astype(np.float32)


@cache
def brain():
    """Where the ball is."""
    places = np.indices((SIZE, SIZE, SIZE)) - (SIZE - 1) / 2
    return (places**2).sum(axis=0) < 13**2


@cache
def head_file(source_id):
    """The head as a whole and clean ``.nii.gz``."""
    return gzip.compress(plain(head(source_id), AFFINE), 1, mtime=0)


@cache
def mask_file():
    """The mask of every head as a ``.nii.gz``."""
    return gzip.compress(plain(brain().astype(np.uint8), AFFINE), 1, mtime=0)


def nifti(source_id, data=None, affine=AFFINE, **fields):
    """The head, or ``data``, as a ``.nii.gz`` with some fields of its header put in as they are."""
    return gzip.compress(plain(head(source_id) if data is None else data, affine, **fields), 1, mtime=0)


def scaled(source_id):
    """Half of each intensity as int16, and the slope and intercept that lead back to the whole."""
    return nifti(source_id, (head(source_id) / 2 - 3).astype(np.int16), scl_slope=2, scl_inter=6)


def turned(data, order, signs):
    """``data`` in the same place, its axes stored in another ``order`` and directions (``signs``)."""
    data, affine = data.transpose(order), AFFINE[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            data = np.flip(data, axis)
            affine[:3, 3] += affine[:3, axis] * (SIZE - 1)
            affine[:3, axis] *= -1
    return gzip.compress(plain(np.ascontiguousarray(data), affine), 1, mtime=0)


def big_endian(source_id):
    """The head as a workstation of the nineties wrote it."""
    content = plain(head(source_id), AFFINE)
    header = Nifti1Header(content[:348], check=False).as_byteswapped(">").binaryblock
    data = np.frombuffer(content[352:], "<f4").astype(">f4").tobytes()
    return gzip.compress(header + content[348:352] + data, 1, mtime=0)


def with_voxels(source_id, inside=(), background=0.0):
    """The head on a ``background``, with ``inside`` as its innermost voxels."""
    data = np.where(brain(), head(source_id), np.float32(background))
    data[15, 15, 15 : 15 + len(inside)] = inside
    return nifti(source_id, data)


def forms_apart(source_id, mirrored=False):
    """The head in whose header sform and qform place it 8 mm apart, or also mirror it."""
    row = [-2, 0, 0, 31] if mirrored else [2, 0, 0, -23]
    return nifti(source_id, srow_x=row)


def analyze(source_id):
    """Header and data of an Analyze pair."""
    content = plain(head(source_id), AFFINE, magic=b"", sform_code=0, qform_code=0, vox_offset=0)
    return content[:348], content[352:]


def shaped(source_id, *shape):
    """A file whose header describes another shape than its data have."""
    return nifti(source_id, dim=[len(shape), *shape, *[1] * (7 - len(shape))])


def end_changed(content):
    """A gzip file whose last checksum is another."""
    (checksum,) = struct.unpack("<L", content[-8:-4])
    return content[:-8] + struct.pack("<L", checksum ^ 1) + content[-4:]
