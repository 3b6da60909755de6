"""Files that are not what their names or headers say: those that are read nevertheless, and those that are refused."""

import gzip

import nibabel
import numpy as np

AFFINE = np.array([[2.0, 0, 0, -40], [0, 2, 0, -50], [0, 0, 2, -30], [0, 0, 0, 1]])
UNSET = {"sform_code": 0}


def plain(data=None, affine=AFFINE, **fields):
    """Bytes of a NIfTI file of noise or of ``data``, some fields of its header put in as they are."""
    data = noise() if data is None else data
    image = nibabel.Nifti1Image(data, affine, dtype=data.dtype)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    content = image.to_bytes()
    header = nibabel.Nifti1Header(content[:348], check=False)
    for field, value in fields.items():
        header[field] = value
    return header.binaryblock + content[348:]


def noise():
    return np.random.default_rng(3).normal(100, 20, (40, 44, 36)).astype(np.float32)


# name of the file, its content, the notes
READ = {
    "gzip_named_nii": ("x.nii", lambda: gzip.compress(plain()), ["named .nii but gzip"]),
    "nii_named_gzip": ("x.nii.gz", plain, ["named .nii.gz but not gzip"]),
    "no_nifti_name": ("x.tmp", lambda: gzip.compress(plain()), []),
    "four_dimensional": ("x.nii", lambda: plain(noise()[..., None]), ["4-D with one volume"]),
    "five_dimensional": ("x.nii", lambda: plain(noise()[..., None, None]), ["5-D with one volume"]),
    "longer": ("x.nii", lambda: plain() + b"more", ["more in the file than its header describes"]),
    "longer_gzip": (
        "x.nii.gz",
        lambda: gzip.compress(plain() + bytes(30_000_000), 1),
        ["more in the file than its header describes"],
    ),
    "slope_zero": ("x.nii", lambda: plain(scl_slope=0, scl_inter=7), []),
    "slope_nan": ("x.nii", lambda: plain(scl_slope=np.nan, scl_inter=np.nan), []),
    "handedness_unset": ("x.nii", lambda: plain(pixdim=[0, 2, 2, 2, 0, 0, 0, 0]), []),
    "sizes_that_no_form_needs": ("x.nii", lambda: plain(pixdim=[1, -2, 2, 2, 0, 0, 0, 0], qform_code=0), []),
}

# name of the file, its content, what is said
REFUSED = {
    "empty": ("x.nii", lambda: b"", "cannot be read in full (0 bytes)"),
    "header_cut": ("x.nii", lambda: plain()[:200], "cannot be read in full (200 bytes of a header of 348)"),
    "cut": ("x.nii", lambda: plain()[:-1], "the header describes 253440 bytes, the file cannot hold them"),
    "cut_gzip": ("x.nii.gz", lambda: gzip.compress(plain())[:-2000], "cannot be read in full (Compressed file ended"),
    "cut_checksum": ("x.nii.gz", lambda: gzip.compress(plain())[:-5], "cannot be read in full (Compressed file ended"),
    "one_bit_off": ("x.nii.gz", lambda: flipped(gzip.compress(plain()), -6), "CRC check failed"),
    "gzip_twice": ("x.nii.gz", lambda: gzip.compress(gzip.compress(plain())), "gzip inside gzip found; unpack it once"),
    "zip": ("x.nii.gz", lambda: b"PK\x03\x04" + bytes(999), "a zip archive found; unpack it"),
    "dicom": ("x.nii", lambda: bytes(128) + b"DICM" + bytes(999), "DICOM found; convert it with dcm2niix"),
    "login_page": ("x.nii.gz", lambda: b"<!DOCTYPE html>" + b" " * 999, "a web page or other text found"),
    "not_a_volume": ("x.nii", lambda: bytes(range(1, 200)) * 9, "no NIfTI header found; convert it to NIfTI"),
    "header_of_a_pair": ("x.hdr", lambda: plain(magic=b"ni1"), "the header of a NIfTI pair (.hdr and .img)"),
    "data_of_a_pair": ("x.img", lambda: bytes(9999), "the data of a pair without its header found"),
    "analyze": ("x.hdr", lambda: plain(magic=b""), "Analyze found, in which left and right are unknown"),
    "huge": ("x.nii", lambda: plain(dim=[3, 2048, 2048, 2048, 1, 1, 1, 1]), "more than 1073741824 voxels"),
    "huge_gzip": (
        "x.nii.gz",
        lambda: gzip.compress(plain(dim=[3, 1024, 1024, 1024, 1, 1, 1, 1])),
        "the header describes 4294967296 bytes, the file cannot hold them",
    ),
    "negative_shape": ("x.nii", lambda: plain(dim=[3, -40, 44, 36, 1, 1, 1, 1]), "shape (-40, 44, 36); restore"),
    "flat": ("x.nii", lambda: plain(dim=[2, 40, 44, 1, 1, 1, 1, 1]), "2-D found; give one 3-D volume"),
    "nine_axes": ("x.nii", lambda: plain(dim=[9, 40, 44, 36, 1, 1, 1, 1]), "9-D found; give one 3-D volume"),
    "unknown_type": ("x.nii", lambda: plain(datatype=777), "data type 777 is not known"),
    "one_bit": ("x.nii", lambda: plain(datatype=1), "data type 1 is not known"),
    "offset_in_the_header": ("x.nii", lambda: plain(vox_offset=0), "the header has the data begin at byte 0"),
    "offset_far_away": ("x.nii", lambda: plain(vox_offset=1e20), "the header has the data begin at byte 1e+20"),
    "offset_nan": ("x.nii", lambda: plain(vox_offset=np.nan), "the header has the data begin at byte nan"),
    "slope_infinite": ("x.nii", lambda: plain(scl_slope=np.inf, scl_inter=0), "scl_slope inf and scl_inter 0"),
    "intercept_nan": ("x.nii", lambda: plain(scl_slope=2, scl_inter=np.nan), "scl_slope 2 and scl_inter nan"),
    "negative_size": (
        "x.nii",
        lambda: plain(pixdim=[1, -2, 2, 2, 0, 0, 0, 0]),
        "the qform cannot be right (pixdims[1,2,3] should be positive); restore the header, or set cohort.form to",
    ),
    "no_size": ("x.nii", lambda: plain(pixdim=[1, 0, 2, 2, 0, 0, 0, 0], **UNSET), "voxels of 0 x 2 x 2 mm"),
    "odd_handedness": ("x.nii", lambda: plain(pixdim=[-3, 2, 2, 2, 0, 0, 0, 0]), "(qfac (pixdim[0]) should be 1"),
    "no_rotation": ("x.nii", lambda: plain(quatern_b=2, **UNSET), "the qform cannot be right (w2 should be positive"),
    "form_nan": ("x.nii", lambda: plain(srow_x=[np.nan] * 4), "the sform is not finite; restore the header"),
    "unknown_codes": ("x.nii", lambda: plain(sform_code=-1, qform_code=99), "neither sform nor qform is set"),
    "six_and_a_half": ("x.nii", lambda: plain(affine=np.diag([2, 2, 6.5, 1])), "voxels of 2 x 2 x 6.5 mm"),
    "nan_only": ("x.nii", lambda: plain(np.full((40, 44, 36), np.nan, np.float32)), "every voxel is nan"),
    "beyond_float32": ("x.nii", lambda: plain(beyond()), "0 NaN and 1 infinite voxels"),
}


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def beyond():
    data = noise().astype(np.float64)
    data[3, 4, 5] = 1e300
    return data
