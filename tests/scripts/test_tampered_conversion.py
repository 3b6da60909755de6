import time

import nibabel
import numpy as np
import pytest

from tests.made.dicom_series import MadeSeries
from tests.scripts.converted import NIFTI, brightest, convert, refused
from voxplain.cohort.dicom import conversion
from voxplain.errors import SettingsError


@pytest.fixture
def instead(tmp_path, monkeypatch):
    """A script in the place of dcm2niix: ``$OUT`` is where it writes, ``$IN`` what it is given."""

    def install(script):
        path = tmp_path / "bin" / "dcm2niix"
        path.parent.mkdir()
        path.write_text(f'#!/bin/sh\nfor IN; do :; done\nOUT="$(dirname "$IN")/made"\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setattr(conversion.sys, "executable", str(path.parent / "python"))

    return install


def test_a_failure_of_dcm2niix_is_told_with_its_code(tmp_path, instead):
    instead('touch "$OUT/series.nii"; echo Doe^Jane >&2; exit 8')
    assert "dcm2niix ended with code 8; run it by hand" in refused(MadeSeries().written(tmp_path / "series"))


def test_a_crash_of_dcm2niix_is_told(tmp_path, instead):
    instead("kill -SEGV $$")
    assert "dcm2niix ended with code -11" in refused(MadeSeries().written(tmp_path / "series"))


def test_dcm2niix_and_what_it_started_end_with_the_time_limit(tmp_path, instead):
    instead(f"(sleep 2; touch {tmp_path}/outlived) & wait")
    begun = time.monotonic()
    assert "dcm2niix took more than 0.5 s" in refused(MadeSeries().written(tmp_path / "series"), timeout=0.5)
    assert time.monotonic() - begun < 2
    time.sleep(2.2)
    assert not (tmp_path / "outlived").exists()


def test_no_volume_of_dcm2niix_is_told(tmp_path, instead):
    instead("exit 0")
    assert "dcm2niix made no volumes of it" in refused(MadeSeries().written(tmp_path / "series"))


def test_several_volumes_of_dcm2niix_are_refused(tmp_path, instead):
    instead('touch "$OUT/series.nii" "$OUT/series_ph.nii"')
    assert "dcm2niix made 2 volumes of it" in refused(MadeSeries().written(tmp_path / "series"))


def test_a_missing_dcm2niix_is_no_fault_of_the_scan(tmp_path, monkeypatch):
    monkeypatch.setattr(conversion.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="no dcm2niix in"):
        convert(MadeSeries().written(tmp_path / "series"))


def flipped_data(image):
    return nibabel.Nifti1Image(np.asanyarray(image.dataobj)[::-1], image.affine)


def flipped_affine(image):
    return nibabel.Nifti1Image(np.asanyarray(image.dataobj), image.affine @ np.diag([-1, 1, 1, 1]))


def shifted(image):
    affine = image.affine.copy()
    affine[1, 3] += 0.2
    return nibabel.Nifti1Image(np.asanyarray(image.dataobj), affine)


def turned_with_its_data(image):
    return image.as_reoriented(np.array([[2, -1], [0, 1], [1, -1]]))


def four_dimensional(image):
    return nibabel.Nifti1Image(np.stack([np.asanyarray(image.dataobj)] * 2, axis=3), image.affine)


def cropped(image):
    return nibabel.Nifti1Image(np.asanyarray(image.dataobj)[:, :, :-2], image.affine)


MISPLACED = {
    flipped_data: "slice 1 is another picture in NIfTI than in DICOM",
    flipped_affine: "dcm2niix puts a corner",
    shifted: "dcm2niix puts a corner 0.2 mm from where the DICOM headers have it",
    four_dimensional: "dcm2niix made 4-D data of it",
    cropped: "dcm2niix made (40, 36, 32) voxels of (40, 36, 34)",
    turned_with_its_data: None,
}


@pytest.mark.parametrize("change", MISPLACED, ids=lambda change: change.__name__)
def test_a_volume_that_is_not_where_the_headers_put_it_is_refused(tmp_path, monkeypatch, change):
    made = conversion.run_dcm2niix

    def tampered(*arguments):
        path = made(*arguments)
        content = change(nibabel.Nifti1Image.from_bytes(path.read_bytes())).to_bytes()
        path.write_bytes(content)
        return path

    monkeypatch.setattr(conversion, "run_dcm2niix", tampered)
    series = MadeSeries("coronal")
    status = convert(series.written(tmp_path / "series"))
    if MISPLACED[change]:
        assert MISPLACED[change] in status["reason"]
    else:
        assert status["accepted"]
        assert np.allclose(brightest(tmp_path / "anat" / NIFTI)[0], series.marker_ras(), atol=1e-3)
