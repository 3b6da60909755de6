import json
import os

import pytest

from scripts.run_hd_bet import masks_by_hd_bet
from tests.library.volumes import stand_ins
from tests.library.volumes.made_head import known_affine, made_head
from voxplain.volumes.engines import WEIGHTS_OF_HD_BET
from voxplain.volumes.masks import read_mask
from voxplain.volumes.volume import read_volume, save_volume

OPTIONS = {"threads": 1, "device": "cpu", "timeout": 60, "form": "refuse"}


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """The user's weights, and a stand-in for HD-BET that is alone on the path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STAND_IN_NOTES", str(tmp_path / "notes.jsonl"))
    stand_ins.install(tmp_path, "hd-bet", stand_ins.HD_BET)
    for name in WEIGHTS_OF_HD_BET:
        (tmp_path / "weights" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "weights" / name).write_text("the user's")
    return tmp_path / "weights"


def extracted(folder, scan, accepted=True):
    """The status of an extracted scan, beside its volume."""
    anat = folder / scan / "anat"
    anat.mkdir(parents=True)
    files = {"T1w": f"{scan}_desc-source_T1w.nii.gz"}
    save_volume(anat / files["T1w"], made_head(known_affine(3))[0])
    reason = None if accepted else "no member T1w.nii.gz"
    status = {"scan": scan, "accepted": accepted, "stage": None if accepted else "extract", "reason": reason}
    (anat / "status.json").write_text(json.dumps(status | {"files": files if accepted else {}}))
    return anat / "status.json"


def test_every_scan_of_a_batch_gets_a_status_and_those_with_a_brain_a_mask(tmp_path, weights):
    scans = "sub-1", "sub-nothing", "sub-refused"
    sources = [extracted(tmp_path, scan, scan != "sub-refused") for scan in scans]
    statuses = [tmp_path / "strip" / f"{scan}_status.json" for scan in scans]
    # as a run that was killed left it
    (tmp_path / "strip" / f".{statuses[0].stem}.gone-1-ab.part").mkdir(parents=True)
    os.utime(tmp_path / "strip" / f".{statuses[0].stem}.gone-1-ab.part", (0, 0))
    masks_by_hd_bet(sources, statuses, weights, **OPTIONS)
    (good, mask), (none, _), (refused, _) = map(read_mask, statuses)
    assert good["accepted"] and read_volume(mask).same_grid(made_head(known_affine(3))[0])
    assert (none["accepted"], none["stage"]) == (False, "prepare")
    assert none["reason"].startswith("HD-BET gave no mask")
    assert (refused["stage"], refused["reason"]) == ("extract", "no member T1w.nii.gz")
    assert {path.name for path in statuses[0].parent.iterdir()} == {
        "sub-1_mask.nii.gz",
        *(path.name for path in statuses),
    }
