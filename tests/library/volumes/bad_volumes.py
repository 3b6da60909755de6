"""One file of every kind that ANTs misreads, hangs on or takes in silence, and what is said about it."""

import gzip

import nibabel
import numpy as np

from tests.library.volumes.made_head import save_nifti

SAID = {
    "nan": "3 NaN and 0 infinite voxels",
    "infinite": "0 NaN and 2 infinite voxels",
    "constant": "every voxel is 7",
    "four_dimensional": "4-D with 5 volumes found",
    "two_components": "5-D with 2 volumes found",
    "colour": "3 components a voxel",
    "complex_valued": "complex values found",
    "truncated": "cannot be read in full",
    "empty_file": "cannot be read in full",
    "unplaced": "neither sform nor qform is set",
    "sheared": "not at right angles (off by 0.148)",
    "too_small": "shape (31, 40, 36)",
    "too_coarse": " x 9 mm; they must lie between 0.3 and 6 mm",
    "not_nifti": "FreeSurfer's MGH found",
    "missing": "cannot be read in full",
}


def make_bad(kind, folder, good):
    """Write the bad file ``kind`` into ``folder`` from the good volume ``good``; its path."""
    path = folder / ("bad.mgz" if kind == "not_nifti" else "bad.nii.gz")
    data, affine = good.data.copy(), good.affine.copy()
    if kind == "missing":
        return path
    if kind in ("truncated", "empty_file"):
        save_nifti(path, data, affine)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if kind == "truncated" else gzip.compress(b""))
        return path
    if kind == "not_nifti":
        nibabel.save(nibabel.MGHImage(data, affine), path)
        return path
    if kind == "nan":
        data[4, 5, 6:9] = np.nan
    elif kind == "infinite":
        data[4, 5, 6:8] = np.inf, -np.inf
    elif kind == "constant":
        data[:] = 7
    elif kind == "four_dimensional":
        data = np.repeat(data[..., None], 5, axis=3)
    elif kind == "two_components":
        data = np.stack([data, data], axis=-1)[:, :, :, None]
    elif kind == "colour":
        colour = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])
        data = np.zeros(data.shape, colour)
    elif kind == "complex_valued":
        data = data.astype(np.complex64)
    elif kind == "sheared":
        affine[:3, :3] @= np.array([[1, 0.15, 0], [0, 1, 0], [0, 0, 1]])
    elif kind == "too_small":
        data = data[:31, :40, :36]
    elif kind == "too_coarse":
        affine[:3, 2] *= 9 / np.linalg.norm(affine[:3, 2])
    if kind == "sheared":
        image = nibabel.Nifti1Image(data, None)
        image.set_sform(affine, 1)
        nibabel.save(image, path)
        return path
    return save_nifti(path, data, affine, code=0 if kind == "unplaced" else 1)
