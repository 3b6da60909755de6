"""One head prepared as a rule does it."""

from voxplain.volumes.prepare import TemplateFiles, prepare_scan

AFFINE = {"transform": "affine", "strip": "archive", "bias": False, "intensity": "brain_mean", "timeout": 100}


def prepared(files, folder, volume=None, mask="brain.nii.gz", form="refuse", **settings):
    given = TemplateFiles(files / "T1w.nii.gz", files / "mask.nii.gz", "mni152")
    mask = mask and files / mask
    volume = volume or files / "head.nii.gz"
    return prepare_scan(volume, mask, given, AFFINE | settings, folder, "sub-1", "affine", form=form)
