"""What is left of a made series after its conversion."""

import nibabel
import numpy as np

from scripts.convert_scan import convert_scan

PREFIX = "ADNI/011_S_0003/MPRAGE/2005-09-01_00_00_00.0/I12345"
SCAN = "sub-011S0003"
NIFTI = f"{SCAN}_desc-source_T1w.nii.gz"


def convert(folder, prefix="", **options):
    return convert_scan(str(folder), prefix, SCAN, folder.parent / "anat", **options)


def refused(folder, **options):
    """Why the series was refused, after seeing that nothing of it stays and that nobody's name is told."""
    (folder.parent / "anat").mkdir()
    (folder.parent / "anat" / NIFTI).write_bytes(b"of an earlier run")
    status = convert(folder, **options)
    assert (status["accepted"], status["stage"], status["files"], status["sources"]) == (False, "convert", {}, {})
    assert list((folder.parent / "anat").iterdir()) == []
    assert "\n" not in status["reason"] and "Doe" not in status["reason"] and "1.2.826" not in status["reason"]
    return status["reason"]


def brightest(path):
    image = nibabel.load(path)
    data = image.get_fdata()
    index = np.unravel_index(data.argmax(), data.shape)
    return (image.affine @ [*index, 1])[:3], data
