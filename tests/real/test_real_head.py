"""A real T1 with skull (Debian's mricron-data: Colin Holmes's head) through the whole stage, against a mask by BET."""

from pathlib import Path

import nibabel
import numpy as np
import pytest

from voxplain.volumes.defacing import without_face
from voxplain.volumes.prepare import TemplateFiles, prepare_scan
from voxplain.volumes.quality import dice
from voxplain.volumes.registration import apply
from voxplain.volumes.stripping import brain_mask
from voxplain.volumes.template import load_template
from voxplain.volumes.volume import Volume, read_volume, save_volume

HEAD, BET = (Path("/usr/share/mricron/templates") / name for name in ("ch2.nii.gz", "ch2bet.nii.gz"))
SETTINGS = {"transform": "affine", "strip": "ants", "bias": True, "intensity": "brain_mean", "timeout": 600}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not HEAD.is_file(), reason="Debian's mricron-data is not installed")]


@pytest.fixture(scope="module")
def template():
    return load_template({"image": "mni152", "mask": None, "spacing": 2.0})


def test_the_mask_of_a_real_head_agrees_with_bets(template, tmp_path):
    mask, found = brain_mask(read_volume(HEAD), template, tmp_path)
    assert dice(mask.data, read_volume(BET).data > 0) >= 0.95
    assert found["mask_agreement"] > 0.9 and found["mask_review"] == 0


def test_a_real_head_is_prepared_and_accepted(template, tmp_path):
    files = TemplateFiles(tmp_path / "T1w.nii.gz", tmp_path / "mask.nii.gz", "mni152")
    save_volume(files.image, template.image)
    save_volume(files.mask, template.mask, np.uint8)
    status = prepare_scan(HEAD, None, files, SETTINGS, tmp_path / "anat", "sub-colin", "affine")
    assert status["accepted"], status["reason"]
    measures = status["measures"]
    assert measures["correlation"] > 0.85 and measures["dice"] > 0.95
    assert measures["brain_volume_ml"] == pytest.approx(1800, abs=120)
    bet = Volume((read_volume(BET).data > 0).astype(np.float32), read_volume(BET).affine)
    carried = apply(bet, template.image, [tmp_path / "anat" / name for name in status["files"]["forward"]], "label")
    prepared = nibabel.load(tmp_path / "anat" / status["files"]["mask"])
    assert dice(np.asarray(prepared.dataobj), carried.data) >= 0.95


def test_nose_and_mouth_of_a_real_head_are_taken():
    head, bet = read_volume(HEAD), read_volume(BET)
    _, face = without_face(head, Volume((bet.data > 0).astype(np.float32), bet.affine))
    tissue = head.data > 0.25 * np.percentile(head.data, 99)
    middle = round(-head.affine[0, 3])
    for height in range(-70, 11, 10):  # mm, from the lips to the root of the nose; voxels of 1 mm
        where = slice(middle - 15, middle + 16), slice(None), round(height - head.affine[2, 3])
        before = np.flatnonzero(tissue[where].any(0)).max()
        plane = np.flatnonzero(face[where].all(0)).min()
        assert before - plane >= 10, height
