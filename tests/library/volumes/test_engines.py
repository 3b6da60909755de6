import json
import os

import numpy as np
import pytest

from tests.library.volumes import stand_ins
from voxplain.errors import SettingsError
from voxplain.volumes.engines import WEIGHTS_OF_HD_BET, hd_bet_masks, on_cores, synthstrip_mask
from voxplain.volumes.volume import Volume, save_volume


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """What the stand-ins note of each of their runs; they alone are on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("STAND_IN_NOTES", str(tmp_path / "notes.jsonl"))
    stand_ins.install(folder, "hd-bet", stand_ins.HD_BET)
    stand_ins.install(folder, "nipreps-synthstrip", stand_ins.SYNTHSTRIP)
    return lambda: [json.loads(line) for line in (tmp_path / "notes.jsonl").read_text().splitlines()]


@pytest.fixture
def weights(tmp_path):
    for name in WEIGHTS_OF_HD_BET:
        (tmp_path / "weights" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "weights" / name).write_text("the user's")
    return tmp_path / "weights"


def volumes(folder, head, *names):
    for name in names:
        save_volume(folder / f"{name}.nii.gz", head)
    return {name: folder / f"{name}.nii.gz" for name in names}


def test_hd_bet_runs_once_for_all_with_the_weights_of_the_user(moved, tmp_path, weights, notes):
    given = volumes(tmp_path, moved[0], "sub-1", "sub-2")
    masks = hd_bet_masks(given, weights, tmp_path / "work", threads=1)
    assert len(notes()) == 1 and set(masks) == {"sub-1", "sub-2"}
    for mask in masks.values():
        assert mask.same_grid(moved[0])
        np.testing.assert_array_equal(mask.data, moved[0].data > 700)


def test_the_thread_limit_holds_for_a_tool_that_ignores_it(moved, tmp_path, weights, notes):
    before = os.sched_getaffinity(0)
    hd_bet_masks(volumes(tmp_path, moved[0], "sub-1"), weights, tmp_path / "work", threads=1)
    assert (notes()[0]["cores"], notes()[0]["omp"]) == (1, "1")
    assert os.sched_getaffinity(0) == before


def test_a_scan_that_spoils_the_batch_is_tried_alone_and_then_named(moved, tmp_path, weights, notes):
    given = volumes(tmp_path, moved[0], "sub-1", "sub-shy", "sub-nothing", "sub-turned")
    given["sub-cut"] = tmp_path / "cut.nii.gz"
    given["sub-cut"].write_bytes(given["sub-1"].read_bytes()[:9000])
    masks = hd_bet_masks(given, weights, tmp_path / "work")
    assert isinstance(masks["sub-1"], Volume) and isinstance(masks["sub-shy"], Volume)
    assert masks["sub-nothing"].startswith("HD-BET gave no mask: ")
    assert masks["sub-turned"].startswith("HD-BET's mask has the shape (53, 66, 60)")
    assert masks["sub-cut"].startswith("cut.nii.gz: cannot be read in full")
    assert len(notes()) == 3


def test_weights_that_are_not_there_are_asked_for_and_not_fetched(moved, tmp_path, weights, notes):
    (weights / "plans.json").unlink()
    with pytest.raises(SettingsError, match=r"strip_weights: .*weights has no plans\.json"):
        hd_bet_masks(volumes(tmp_path, moved[0], "sub-1"), weights, tmp_path / "work")
    with pytest.raises(SettingsError, match="strip_weights: .* is no file; give the file of SynthStrip's weights"):
        synthstrip_mask(tmp_path / "sub-1.nii.gz", tmp_path / "none.pt", tmp_path / "work")
    assert not (tmp_path / "notes.jsonl").exists()


def test_a_tool_that_is_not_installed_is_said_in_one_line(moved, tmp_path, weights, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="no hd-bet is installed here; .* or set strip to ants"):
        hd_bet_masks(volumes(tmp_path, moved[0], "sub-1"), weights, tmp_path / "work")


def test_synthstrip_finds_a_mask_with_the_weights_of_the_user(moved, tmp_path, weights, notes):
    given = volumes(tmp_path, moved[0], "sub-1")["sub-1"]
    mask = synthstrip_mask(given, weights / "plans.json", tmp_path / "work", threads=1)
    np.testing.assert_array_equal(mask.data, moved[0].data > 700)
    assert mask.same_grid(moved[0]) and notes()[0]["cores"] == 1


def test_a_tool_that_fails_or_takes_too_long_leaves_a_reason(moved, tmp_path, weights, notes):
    given = volumes(tmp_path, moved[0], "sub-1")["sub-1"]
    (tmp_path / "wrong.pt").write_text("another's")
    said = synthstrip_mask(given, tmp_path / "wrong.pt", tmp_path / "work")
    assert said == "SynthStrip gave no mask: ended with 1: AssertionError: would look for its own weights"
    stand_ins.install(tmp_path / "bin", "mri_synthstrip", "import time\ntime.sleep(60)\n")
    said = synthstrip_mask(given, weights / "plans.json", tmp_path / "again", timeout=0.5)
    assert said == "SynthStrip gave no mask: took longer than 0.5 s"


def test_no_more_cores_are_asked_for_than_there_are():
    before = os.sched_getaffinity(0)
    with on_cores(10_000):
        assert os.sched_getaffinity(0) == before
