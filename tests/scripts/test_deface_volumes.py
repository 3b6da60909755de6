import json

import nibabel
import numpy as np
import pytest

from scripts.deface_volumes import deface_volumes

SHAPE, AFFINE = (20, 24, 22), np.diag([8.0, 8, 8, 1])


@pytest.fixture
def statuses(tmp_path):
    """Three prepared scans of a ball in a box: one of two visits, one whose mask is empty, one left out."""
    places = np.linalg.norm(np.indices(SHAPE) - np.reshape([10, 12, 12], (3, 1, 1, 1)), axis=0)
    made = []
    for scan, mask in (("sub-01_ses-a", places < 6), ("sub-02", places < 0), ("sub-03", None)):
        folder = tmp_path.joinpath("volumes", *scan.split("_"), "anat")
        folder.mkdir(parents=True)
        stem = f"{scan}_space-mni152_desc-affine"
        files = {"volume": f"{stem}_T1w.nii.gz", "mask": f"{stem}_mask.nii.gz"}
        if mask is not None:
            nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), AFFINE), folder / files["volume"])
            nibabel.save(nibabel.Nifti1Image(mask.astype(np.uint8), AFFINE), folder / files["mask"])
            (folder / f"{stem}_T1w.json").write_text(json.dumps({"Description": "Head", "SkullStripped": False}))
        made.append(folder / f"{scan}_desc-affine_status.json")
        made[-1].write_text(json.dumps({"scan": scan, "accepted": mask is not None, "files": files}))
    return made


def test_volumes_without_faces_are_a_dataset_of_their_own_and_what_has_no_mask_is_not_in_it(statuses, tmp_path):
    folder = tmp_path / "shared" / "affine"
    (folder / "sub-99").mkdir(parents=True)
    table = deface_volumes(statuses, folder, "small").set_index("scan")
    name = "sub-01/ses-a/anat/sub-01_ses-a_space-mni152_desc-affineDefaced_T1w"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {"dataset_description.json", ".bidsignore", "README", f"{name}.nii.gz", f"{name}.json"}
    assert not (folder / "sub-99").exists()
    data = np.asarray(nibabel.load(folder / f"{name}.nii.gz").dataobj)
    assert (
        table.loc["sub-01_ses-a", "face_ml"] == pytest.approx((data == 0).sum() * 0.512, abs=0.1) and (data == 0).any()
    )
    assert json.loads((folder / f"{name}.json").read_text())["Description"] == (
        "Head; without the face, which is 0: quickshear, 10 mm before the brain"
    )
    assert table.loc["sub-02", "file"] == "" and "no brain mask" in table.loc["sub-02", "reason"]
    assert list(table.index) == ["sub-01_ses-a", "sub-02"]


def test_the_same_volumes_have_the_same_bytes(statuses, tmp_path):
    for name in ("once", "again"):
        deface_volumes(statuses, tmp_path / name, "small")
    for path in (tmp_path / "once").rglob("*.nii.gz"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(tmp_path / "once")).read_bytes()
