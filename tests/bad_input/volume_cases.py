"""What can be wrong with a volume, and what is read about it."""

import gzip
import zlib

import numpy as np

from tests.bad_input import heads
from tests.bad_input.cohorts import Hcp, Plain
from tests.bad_input.damages import BAD, each, mask, settings, volume, zipped
from tests.bad_input.outcomes import Left, Used
from tests.library.volumes.strange_volumes import plain

HEAD, CONTENT = heads.head(BAD), heads.head_file(BAD)
THICK, TOO_THICK = (heads.AFFINE @ np.diag([1, 1, size / 2, 1]) for size in (6, 7))
SHEARED = heads.AFFINE @ np.array([[1, 0.2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
CRC = zlib.crc32(gzip.decompress(CONTENT))
BRAIN = heads.brain().astype(np.uint8)
COLOUR = np.zeros(HEAD.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])


def nifti(*arguments, **fields):
    """The head in the bad subject's archive, as `heads.nifti` makes it."""
    return volume(heads.nifti(BAD, *arguments, **fields))


def turned(order, signs):
    """Head and mask stored in another order and direction of their axes."""
    return zipped(
        *((name, heads.turned(one, order, signs)) for name, one in ((Hcp.volume, HEAD), (Hcp.brain_mask, BRAIN)))
    )


def instead(name, content):
    """The bad subject's file in a plain table is another one."""
    return lambda cohort: cohort.instead(name, content)


def pair(named):
    """A pair of Analyze files, of which the table names one."""
    header, data = heads.analyze(Plain.bad)
    files = {"c3.hdr": header, "c3.img": data}
    return each(*(lambda cohort, one=one: cohort.file(f"files/{one}", files[one]) for one in files if one != named),
                instead(named, files[named]))  # fmt: skip


def of_head(line):
    """Left out for something in the head, whose file the line begins with."""
    return Left("prepare", f"sub-100003_desc-source_T1w.nii.gz: {line}")


VOLUMES = {
    "a .nii that is gzip": (Plain, instead("c3.nii", heads.head_file("c3")), Used("named .nii but gzip")),
    "a .nii.gz that is not gzip": (
        Plain,
        instead("c3.nii.gz", gzip.decompress(heads.head_file("c3"))),
        Used("named .nii.gz but not gzip"),
    ),
    "not gzip in an archive": (Hcp, volume(gzip.decompress(CONTENT)), Used()),
    "gzip inside gzip": (
        Hcp,
        volume(gzip.compress(CONTENT)),
        of_head("gzip inside gzip found; unpack it once"),
    ),
    "the header of an Analyze pair": (
        Plain,
        pair("c3.hdr"),
        Left(
            "prepare",
            "c3.hdr: Analyze found, in which left and right are unknown; convert the original images to NIfTI",
        ),
    ),
    "the data of an Analyze pair": (
        Plain,
        pair("c3.img"),
        Left("prepare", "c3.img: the data of a pair without its header found; convert .hdr and .img to one .nii.gz"),
    ),
    "Analyze in an archive": (
        Hcp,
        volume(b"".join(heads.analyze(BAD))),
        Left(
            "prepare",
            "sub-100003_desc-source_T1w.nii: Analyze found, in which left and right are unknown; convert the "
            "original images to NIfTI",
        ),
    ),
    "big-endian": (Hcp, volume(heads.big_endian(BAD)), Used()),
    "int16 with a slope": (Hcp, volume(heads.scaled(BAD)), Used()),
    "an infinite slope": (
        Hcp,
        nifti(scl_slope=np.inf),
        of_head("scl_slope inf and scl_inter 0; restore the header"),
    ),
    "sform and qform apart": (
        Hcp,
        volume(heads.forms_apart(BAD)),
        of_head(
            "sform (scanner) and qform (scanner) disagree by 8.0 mm; "
            "restore the header, or set cohort.form to the right one, sform or qform",
        ),
    ),
    "sform and qform mirrored": (
        Hcp,
        volume(heads.forms_apart(BAD, mirrored=True)),
        of_head(
            "sform (scanner) and qform (scanner) disagree by 62.0 mm and "
            "left and right are swapped; restore the header, or set cohort.form to the right one, sform or qform",
        ),
    ),
    "sform and qform apart, one believed": (Hcp, each(volume(heads.forms_apart(BAD)), settings(form="qform")), Used()),
    "no orientation": (
        Hcp,
        nifti(sform_code=0, qform_code=0),
        of_head(
            "neither sform nor qform is set, so left and right are unknown; restore the header",
        ),
    ),
    "left-handed": (Hcp, turned((0, 1, 2), (-1, 1, 1)), Used()),
    "sagittal and turned": (Hcp, turned((1, 2, 0), (-1, -1, 1)), Used()),
    "sheared": (
        Hcp,
        nifti(HEAD, SHEARED, qform_code=0),
        of_head(
            "the axes are not at right angles (off by 0.196); resample it without shear",
        ),
    ),
    "4-D with one volume": (Hcp, nifti(HEAD[..., None]), Used("4-D with one volume")),
    "4-D with three": (
        Hcp,
        nifti(np.stack([HEAD] * 3, axis=3)),
        of_head("4-D with 3 volumes found; give one 3-D volume"),
    ),
    "2-D": (
        Hcp,
        nifti(dim=[2, 32, 32, 1, 1, 1, 1, 1]),
        of_head("2-D found; give one 3-D volume"),
    ),
    "slices of 6 mm": (
        Hcp,
        zipped((Hcp.volume, heads.nifti(BAD, HEAD, THICK)), (Hcp.brain_mask, heads.nifti(BAD, BRAIN, THICK))),
        Used(),
    ),
    "slices of 7 mm": (
        Hcp,
        nifti(HEAD, TOO_THICK),
        of_head(
            "voxels of 2 x 2 x 7 mm; they must lie between 0.3 and 6 mm; correct the header, or give a finer scan",
        ),
    ),
    "31 voxels": (
        Hcp,
        nifti(HEAD[:31]),
        of_head(
            "shape (31, 32, 32); every axis needs at least 32 voxels; give the whole head",
        ),
    ),
    "NaN around the head": (
        Hcp,
        volume(heads.with_voxels(BAD, background=np.nan)),
        Used("NaN background set to 0 (23440 voxels)"),
    ),
    "NaN inside": (
        Hcp,
        volume(heads.with_voxels(BAD, [np.nan])),
        of_head("1 NaN and 0 infinite voxels; mend or replace the volume"),
    ),
    "NaN around and inside": (
        Hcp,
        volume(heads.with_voxels(BAD, [np.nan, np.nan], np.nan)),
        of_head("2 NaN and 0 infinite voxels; mend or replace the volume"),
    ),
    "Inf inside": (
        Hcp,
        volume(heads.with_voxels(BAD, [np.inf, -np.inf])),
        of_head("0 NaN and 2 infinite voxels; mend or replace the volume"),
    ),
    "every voxel the same": (
        Hcp,
        nifti(np.full(HEAD.shape, 7, np.int16)),
        of_head("every voxel is 7; fetch or convert it again"),
    ),
    "colour": (
        Hcp,
        nifti(COLOUR),
        of_head("3 components a voxel (colour); give one volume"),
    ),
    "complex values": (
        Hcp,
        nifti(HEAD.astype(np.complex64)),
        of_head("complex values found; give the magnitude"),
    ),
    "a type nobody knows": (
        Hcp,
        nifti(datatype=777),
        of_head("data type 777 is not known; convert it again"),
    ),
    "more in the header than in the file": (
        Hcp,
        volume(heads.shaped(BAD, 512, 512, 512)),
        of_head(
            "cannot be read in full (the header describes 536870912 bytes, "
            "the file cannot hold them); fetch or convert it again",
        ),
    ),
    "a shape beyond reason": (
        Hcp,
        volume(heads.shaped(BAD, 4096, 4096, 4096)),
        of_head(
            "shape (4096, 4096, 4096), more than 1073741824 voxels; restore the header",
        ),
    ),
    "more in the file than in the header": (
        Hcp,
        volume(gzip.compress(gzip.decompress(CONTENT) + b"more")),
        Used("more in the file than its header describes"),
    ),
    "gzip cut short": (
        Hcp,
        volume(CONTENT[:-4000]),
        of_head(
            "cannot be read in full (Compressed file ended before the "
            "end-of-stream marker was reached); fetch or convert it again",
        ),
    ),
    "gzip with another checksum": (
        Hcp,
        volume(heads.end_changed(CONTENT)),
        of_head(
            f"cannot be read in full (CRC check failed {CRC ^ 1:#x} != {CRC:#x}); fetch or convert it again",
        ),
    ),
    "a header cut short": (
        Hcp,
        volume(CONTENT[:60]),
        of_head(
            "cannot be read in full (Compressed file ended before the "
            "end-of-stream marker was reached); fetch or convert it again",
        ),
    ),
    "a DICOM file": (
        Hcp,
        volume(bytes(128) + b"DICM" + bytes(999)),
        Left("prepare", "sub-100003_desc-source_T1w.nii: DICOM found; convert it with dcm2niix"),
    ),
    "a page instead of a volume": (
        Hcp,
        volume(b"<!DOCTYPE html>" + b" " * 999),
        Left("prepare", "sub-100003_desc-source_T1w.nii: a web page or other text found; fetch it again"),
    ),
    "noise": (
        Hcp,
        volume(np.random.default_rng(1).bytes(5000)),
        Left("prepare", "sub-100003_desc-source_T1w.nii: no NIfTI header found; convert it to NIfTI"),
    ),
    "a mask of another shape": (
        Hcp,
        mask(gzip.compress(plain(np.pad(BRAIN, 2), heads.AFFINE))),
        Left(
            "prepare",
            "sub-100003_desc-source_mask.nii.gz: shape (36, 36, 36) on another grid than the volume's (32, 32, "
            "32); give the mask of this volume, or set strip to ants",
        ),
    ),
    "a mask that lies elsewhere": (
        Hcp,
        mask(heads.turned(BRAIN[::-1], (0, 1, 2), (-1, 1, 1))),
        Left(
            "prepare",
            "sub-100003_desc-source_mask.nii.gz: its header places it elsewhere than the volume's does; give "
            "the mask of this volume, or set strip to ants",
        ),
    ),
    "an empty mask": (
        Hcp,
        mask(gzip.compress(plain(np.zeros(HEAD.shape, np.uint8), heads.AFFINE))),
        Left("prepare", "sub-100003_desc-source_mask.nii.gz: every voxel is 0; fetch or convert it again"),
    ),
    "a mask that is NaN outside": (
        Hcp,
        mask(gzip.compress(plain(np.where(heads.brain(), 1, np.nan).astype(np.float32), heads.AFFINE))),
        Used("mask: NaN background set to 0 (23440 voxels)"),
    ),
}
