import json

import nibabel
import numpy as np
import pytest

from scripts.pack_input import pack_input
from voxplain.errors import InputError
from voxplain.store import Volumes, verify

SHAPE = (6, 8, 7)
AFFINE = np.array([[3.0, 0, 0, -9], [0, 3, 0, -10], [0, 0, 3, -8], [0, 0, 0, 1]])
SCANS = ["sub-01", "sub-02_ses-a", "sub-02_ses-b"]


def save(path, data, affine=AFFINE):
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(data, affine), path)


def data_of(scan):
    return np.random.default_rng(SCANS.index(scan)).random(SHAPE).astype(np.float32)


def mask_of(scan):
    return (data_of(scan) > 0.4).astype(np.uint8)


@pytest.fixture
def prepared(tmp_path):
    statuses = []
    for scan in [*SCANS, "sub-03"]:
        folder = tmp_path.joinpath("volumes", *scan.split("_"), "anat")
        stem = f"{scan}_space-mni152_desc-affine"
        status = {"scan": scan, "input": "affine", "accepted": scan in SCANS, "files": {}}
        if scan in SCANS:
            save(folder / f"{stem}_T1w.nii.gz", data_of(scan))
            save(folder / f"{stem}_mask.nii.gz", mask_of(scan))
            status["files"] = {"volume": f"{stem}_T1w.nii.gz", "mask": f"{stem}_mask.nii.gz"}
        folder.mkdir(parents=True, exist_ok=True)
        statuses.append(folder / f"{scan}_desc-affine_status.json")
        statuses[-1].write_text(json.dumps(status))
    save(tmp_path / "template.nii.gz", np.ones(SHAPE, np.float32))
    return statuses, tmp_path / "template.nii.gz", tmp_path / "affine.h5"


def test_every_accepted_scan_is_packed_with_its_mask(prepared):
    pack_input(*prepared, input_name="affine", space="mni152")
    volumes = Volumes(prepared[2])
    assert volumes.scans == SCANS and volumes.subjects == ["sub-01", "sub-02", "sub-02"]
    assert volumes.space == "mni152" and volumes.provenance == {"input": "affine", "scans": 3}
    np.testing.assert_array_equal(volumes.affine, AFFINE)
    for place, scan in enumerate(SCANS):
        np.testing.assert_allclose(volumes[place][0].numpy(), data_of(scan), atol=5e-4)
        np.testing.assert_array_equal(volumes.mask(place).numpy(), mask_of(scan))
    assert verify(prepared[2]) == 3


def _remove(path):
    path.unlink()


def _cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def _flip(path, place=None):
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 16
    path.write_bytes(content)


def _flip_where_nothing_but_the_checksum_tells(path):
    _flip(path, -8)


def _other_shape(path):
    save(path, np.ones((6, 8, 9), np.float32))


def _other_grid(path):
    save(path, np.ones(SHAPE, np.float32), AFFINE @ np.diag([-1.0, 1, 1, 1]))


@pytest.mark.parametrize("kind", ["T1w", "mask"])
@pytest.mark.parametrize(
    "change", [_remove, _cut, _flip, _flip_where_nothing_but_the_checksum_tells, _other_shape, _other_grid]
)
def test_a_file_that_is_missing_or_damaged_is_one_line_and_leaves_no_store(prepared, change, kind):
    change(next(prepared[0][1].parent.glob(f"*_{kind}.nii.gz")))
    with pytest.raises(InputError, match="^sub-02_ses-a: ") as caught:
        pack_input(*prepared, input_name="affine", space="mni152")
    assert "\n" not in str(caught.value) and not prepared[2].exists()


def test_no_accepted_scan_is_one_line(prepared):
    with pytest.raises(InputError, match="no volume to pack"):
        pack_input(prepared[0][3:], *prepared[1:], input_name="affine", space="mni152")


def test_the_channels_asked_for_are_packed_in_their_order(prepared):
    for path in prepared[0][:3]:
        status = json.loads(path.read_text())
        name = f"{status['scan']}_space-mni152_desc-affine_logjacobian.nii.gz"
        save(path.parent / name, data_of(status["scan"]) - 0.5)
        status["files"]["log_jacobian"] = name
        path.write_text(json.dumps(status))
    channels = ["log_jacobian", "intensity"]
    pack_input(*prepared, input_name="tbm", space="mni152", settings={"recipe": None, "channels": channels})
    volumes = Volumes(prepared[2])
    assert volumes.channels == 2 and volumes.channel_names == channels
    for place, scan in enumerate(SCANS):
        np.testing.assert_allclose(volumes[place].numpy(), [data_of(scan) - 0.5, data_of(scan)], atol=5e-4)


def test_after_a_recipe_without_registration_every_scan_keeps_its_own_affine(prepared):
    own = [AFFINE @ np.diag([1 + place / 10, 1, 1, 1]) for place in range(3)]
    for scan, affine in zip(SCANS, own, strict=True):
        for kind, data in (("T1w", data_of(scan)), ("mask", mask_of(scan))):
            save(next(prepared[0][0].parents[2].rglob(f"{scan}_space*_{kind}.nii.gz")), data, affine)
    with pytest.raises(InputError, match="another grid"):
        pack_input(*prepared, input_name="affine", space="mni152")
    pack_input(*prepared, input_name="kan", space="mni152", settings={"recipe": "mrinet_58"})
    volumes = Volumes(prepared[2], SCANS[::-1])
    assert volumes.space == "own"
    np.testing.assert_allclose(volumes.affines, own[::-1])
    np.testing.assert_allclose(volumes.affine, [[3.3, 0, 0, -8.25], [0, 3, 0, -10.5], [0, 0, 3, -9], [0, 0, 0, 1]])
    assert verify(prepared[2]) == 3
