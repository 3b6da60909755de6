"""Scans whose preparing ends otherwise than in files: those at fault are left out, and no others."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.library.volumes.preparing import prepared
from voxplain.errors import VoxplainError
from voxplain.volumes import prepare
from voxplain.volumes.prepare import refuse_scan

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("prepare")


def test_a_registration_over_its_time_is_given_up(files, tmp_path):
    status = prepared(files, tmp_path, timeout=0.3)
    assert (status["accepted"], status["stage"]) == (False, "prepare")
    assert status["reason"] == "registration took longer than 0.3 s"
    assert list(tmp_path.iterdir()) == []


def test_a_crash_of_ants_is_the_scans_and_a_fault_of_ours_is_raised(files, tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "COMMAND", ["-c", "import os; os.abort()"])
    assert prepared(files, tmp_path)["reason"] == "ANTs crashed (SIGABRT); look at the volume and its mask"
    monkeypatch.setattr(prepare, "COMMAND", ["-c", "raise KeyError('a bug')"])
    with pytest.raises(RuntimeError, match="KeyError: 'a bug'"):
        prepared(files, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_scan_whose_disk_does_not_answer_is_not_left_out(files, tmp_path, monkeypatch):
    away = "import errno, runpy, sys\n"
    away += "def stale(*_, **__): raise OSError(errno.ESTALE, 'Stale file handle')\n"
    away += "from voxplain.volumes import nifti\nnifti._content = stale\n"
    away += "sys.argv = ['']\nrunpy.run_module('voxplain.volumes.prepare', run_name='__main__')"
    monkeypatch.setattr(prepare, "COMMAND", ["-c", away])
    with pytest.raises(
        VoxplainError, match=r"^[^ ]+: not to be had now \(Stale file handle\); run again when that is over"
    ):
        prepared(files, tmp_path)
    assert list(tmp_path.iterdir()) == []


def left_volume(job, timeout=None):
    (Path(job["work"]) / job["names"]["volume"]).write_text("prepared")
    return {"accepted": True, "reason": None, "measures": {}, "notes": [], "files": {"volume": job["names"]["volume"]}}


def test_a_job_that_outlived_its_snakemake_and_its_successor_both_prepare_the_scan(files, tmp_path, monkeypatch):
    def overtaken(job, timeout):
        monkeypatch.setattr(prepare, "_in_a_process", left_volume)
        assert prepared(files, tmp_path)["accepted"]
        return left_volume(job)

    monkeypatch.setattr(prepare, "_in_a_process", overtaken)
    status = prepared(files, tmp_path)
    assert status["accepted"] and [path.name for path in tmp_path.iterdir()] == [status["files"]["volume"]]


def test_what_a_killed_job_left_of_a_scan_that_is_now_refused_goes(tmp_path):
    (tmp_path / ".sub-1_desc-affine.gone-1-ab.part").mkdir()
    os.utime(tmp_path / ".sub-1_desc-affine.gone-1-ab.part", (0, 0))
    refuse_scan(tmp_path, "sub-1", "affine", "extract", "no such member")
    assert list(tmp_path.iterdir()) == []


def test_no_scan_is_left_out_that_filled_the_disk_with_files_of_its_own(files, tmp_path, monkeypatch):
    def room(place):
        return SimpleNamespace(free=1e6 if list(tmp_path.glob(".*.part")) else 1e9)

    failed = {"accepted": False, "reason": "ANTs could not register it", "measures": {}, "notes": [], "files": {}}
    monkeypatch.setattr(prepare, "_in_a_process", lambda job, timeout: failed)
    assert not prepared(files, tmp_path)["accepted"]
    monkeypatch.setattr("shutil.disk_usage", room)
    with pytest.raises(OSError, match="No space left on device"):
        prepared(files, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_scan_refused_before_keeps_its_stage_and_loses_its_files(tmp_path):
    (tmp_path / "sub-1_space-mni152_desc-affine_T1w.nii.gz").write_text("of an earlier run")
    status = refuse_scan(tmp_path, "sub-1", "affine", "extract", "no such member")
    assert (status["accepted"], status["stage"], status["reason"]) == (False, "extract", "no such member")
    assert status["measures"] == status["files"] == {} and list(tmp_path.iterdir()) == []
