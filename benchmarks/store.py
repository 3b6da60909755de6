"""Reading packed volumes as float32 tensors, against nibabel on the same volumes as int16 .nii.gz; warm cache.

The brains are stripped, so that most of a .nii.gz is zeros, which it reads fastest; the masks are in the store too and
count on its disk. Nothing here uses a GPU.
"""

import tempfile
from pathlib import Path

import nibabel
import numpy as np
import torch

from benchmarks.heads import AFFINE, brains
from benchmarks.timing import interleaved, write_line
from voxplain.store import Volumes, write_store

COUNT = 24
REPEATS = 7


def compare(folder):
    """Write the same volumes both ways in ``folder``, read them in turn, and write the line."""
    paths = []
    for number, (volume, _) in enumerate(brains(COUNT)):
        paths.append(folder / f"sub-{number:02d}.nii.gz")
        nibabel.save(nibabel.Nifti1Image(volume, AFFINE), paths[-1])
    for name, compression in (("packed", None), ("gzip", "gzip")):
        rows = ((path.name, path.name, volume, mask) for path, (volume, mask) in zip(paths, brains(COUNT), strict=True))
        write_store(folder / f"{name}.h5", rows, AFFINE, "mni152", {}, compression)
    packed, masked = Volumes(folder / "packed.h5"), Volumes(folder / "packed.h5", mask="brain")
    squeezed = Volumes(folder / "gzip.h5")

    works = {
        "packed": lambda: [volume.shape for volume in packed],
        "nibabel": lambda: [_from_nifti(path).shape for path in paths],
        "packed_masked": lambda: [volume.shape for volume in masked],
        "packed_gzip": lambda: [volume.shape for volume in squeezed],
    }
    milliseconds = {name: 1000 * value / COUNT for name, value in interleaved(works, REPEATS).items()}
    error = max(
        float((one - _from_nifti(path)).abs().max() / one.abs().max()) for one, path in zip(packed, paths, strict=True)
    )
    sizes = {
        "packed": (folder / "packed.h5").stat().st_size,
        "packed_gzip": (folder / "gzip.h5").stat().st_size,
        "nifti": sum(path.stat().st_size for path in paths),
    }
    write_line(
        "store",
        milliseconds["nibabel"] / milliseconds["packed"],
        error,
        target=6,
        shape=list(packed.shape),
        **{f"ms_{name}": value for name, value in milliseconds.items()},
        **{f"gb_per_1000_{name}": size / COUNT * 1000 / 1e9 for name, size in sizes.items()},
        gpu="not measured",
    )


def _from_nifti(path):
    return torch.from_numpy(np.asarray(nibabel.load(path).dataobj, dtype=np.float32))[None]


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))
