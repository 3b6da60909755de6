"""A NIfTI file read by its content, whatever it is called: one volume's intensities, its affine, and what was mended.

The header is believed only as far as the file bears it out: nothing is allocated that the file cannot fill, and
nothing is read beyond the volume that the header describes.
"""

import gzip
import io
import os
import stat
import zlib
from contextlib import contextmanager
from pathlib import Path

import nibabel
import numpy as np
from nibabel.spatialimages import HeaderDataError

from voxplain.cohort.wording import shown
from voxplain.disk_faults import refuse_to_judge_unread
from voxplain.errors import InputError
from voxplain.volumes.headers import check_content, placed, scaling

GZIP = b"\x1f\x8b"
PEEKED = 540  # bytes of the longer header, NIfTI-2's
RATIO = 1032  # DEFLATE packs no tighter
BLOCK = 2**22  # voxels, or bytes
NOT_NIFTI = (
    (0, GZIP, "gzip inside gzip", "unpack it once"),
    (0, b"PK\x03\x04", "a zip archive", "unpack it"),
    (0, b"BZh", "bzip2", "pack it with gzip"),
    (128, b"DICM", "DICOM", "convert it with dcm2niix"),
    (0, b"\x00\x00\x00\x01", "FreeSurfer's MGH", "convert it to NIfTI"),
    (0, b"NRRD", "NRRD", "convert it to NIfTI"),
    (0, b"\x89HDF", "HDF5 (MINC?)", "convert it to NIfTI"),
    (0, b"<", "a web page or other text", "fetch it again"),
)


def read_nifti(path, form):
    """The volume in the file ``path``: data (x, y, z), float32, its 4 x 4 affine and a list of notes, or InputError.

    ``form`` says which of sform and qform to believe where both are set and disagree: sform, qform or refuse.
    """

    def trusted(header, name):
        check_content(header, name)
        return placed(header, name, form)

    return _read(path, trusted)


def read_as_it_stands(path):
    """Data (x, y, z), float32, of an image of any size and place, its header as it stands, and notes; or InputError."""

    def unjudged(header, name):
        check_content(header, name, smallest=1)
        return header

    return _read(path, unjudged)


def _read(path, judged):
    """The data, what ``judged(header, name)`` makes of the header before they are read, and notes."""
    path = Path(path)
    name = shown(path.name)
    try:
        with _content(path, name) as (stream, most, notes):
            header = _header(stream, name)
            told = judged(header, name)
            return _intensities(stream, header, most, name, notes), told, notes
    except (OSError, EOFError, ValueError, zlib.error, HeaderDataError) as error:
        refuse_to_judge_unread(error, name)
        reason = shown(getattr(error, "strerror", None) or error)
        raise InputError(f"{name}: cannot be read in full ({reason}); fetch or convert it again") from error


def checked_start(start, name, form):
    """Shape and spacing (mm) of a volume of which only the first unpacked bytes, ``start``, are read; or InputError."""
    try:
        header = _header(io.BytesIO(start), name)
        check_content(header, name)
        affine = placed(header, name, form)
    except (EOFError, ValueError, HeaderDataError) as error:
        raise InputError(f"{name}: cannot be read in full ({shown(error)}); fetch or convert it again") from error
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return tuple(map(int, header.get_data_shape()[:3])), tuple(round(float(one), 3) for one in spacing)


@contextmanager
def _content(path, name):
    """The unpacked content as a stream, the most bytes that can be in it, and the list of notes."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise InputError(f"{name}: not a file; give the NIfTI file itself")
    with path.open("rb") as file:
        size, packed = os.fstat(file.fileno()).st_size, file.read(2) == GZIP
        if not size:
            raise InputError(f"{name}: cannot be read in full (0 bytes); fetch or convert it again")
        file.seek(0)
        if not packed:
            notes = ["named .nii.gz but not gzip"] if path.name.lower().endswith(".gz") else []
            yield file, size, notes
            return
        notes = ["named .nii but gzip"] if path.name.lower().endswith(".nii") else []
        with gzip.GzipFile(fileobj=file) as stream:
            yield stream, size * RATIO, notes


def _header(stream, name):
    start = stream.read(PEEKED)
    if start[4:8] in (b"n+2\0", b"ni2\0"):
        kind, magic = nibabel.Nifti2Header, start[4:8]
    else:
        kind, magic = nibabel.Nifti1Header, start[344:348]
    size = kind.template_dtype.itemsize
    order = next((order for order in ("little", "big") if int.from_bytes(start[:4], order) == size), None)
    if not order:
        raise InputError(f"{name}: {_other_format(start, name)}")
    if len(start) < size:
        raise EOFError(f"{len(start)} bytes of a header of {size}")
    if magic in (b"ni1\0", b"ni2\0"):
        raise InputError(f"{name}: the header of a NIfTI pair (.hdr and .img); convert the two to one .nii.gz")
    if magic not in (b"n+1\0", b"n+2\0"):
        raise InputError(
            f"{name}: Analyze found, in which left and right are unknown; convert the original images to NIfTI"
        )
    return kind(start[:size], order, check=False)


def _other_format(start, name):
    for offset, magic, what, remedy in NOT_NIFTI:
        if start[offset:].startswith(magic):
            return f"{what} found; {remedy}"
    if name.lower().endswith((".img", ".img.gz")):
        return "the data of a pair without its header found; convert .hdr and .img to one .nii.gz"
    if len(start) < 348:
        return f"cannot be read in full ({len(start)} bytes, no header); fetch or convert it again"
    return "no NIfTI header found; convert it to NIfTI"


def _intensities(stream, header, most, name, notes):
    shape, dtype, offset = header.get_data_shape(), header.get_data_dtype(), int(header["vox_offset"])
    if len(shape) > 3:
        notes.append(f"{len(shape)}-D with one volume")
    count = int(np.prod(shape, dtype=object))
    if offset + count * dtype.itemsize > most:
        raise EOFError(f"the header describes {count * dtype.itemsize} bytes, the file cannot hold them")
    stream.seek(offset)
    data = np.empty(shape[:3], np.float32, order="F")
    flat = data.reshape(-1, order="F")
    slope, inter = scaling(header, name)
    for begin in range(0, count, BLOCK):
        wanted = min(BLOCK, count - begin)
        raw = np.frombuffer(_exactly(stream, wanted * dtype.itemsize), dtype)
        with np.errstate(over="ignore"):
            flat[begin : begin + wanted] = raw if (slope, inter) == (1, 0) else raw * np.float64(slope) + inter
    if _is_longer(stream):
        notes.append("more in the file than its header describes")
    return data


def _exactly(stream, count):
    content = stream.read(count)
    if len(content) < count:
        raise EOFError(f"the file ends {count - len(content)} bytes too early")
    return content


def _is_longer(stream):
    """Whether anything follows; reading to the end of what little may follow is what makes gzip compare its CRC."""
    return len(stream.read(BLOCK)) > 0
