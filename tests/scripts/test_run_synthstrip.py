from scripts.run_synthstrip import mask_by_synthstrip
from tests.library.volumes import stand_ins
from tests.scripts.test_run_hd_bet import OPTIONS, extracted
from voxplain.volumes.masks import read_mask


def test_a_scan_gets_the_mask_that_synthstrip_makes_of_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STAND_IN_NOTES", str(tmp_path / "notes.jsonl"))
    stand_ins.install(tmp_path, "mri_synthstrip", stand_ins.SYNTHSTRIP)
    (tmp_path / "weights.pt").write_text("the user's")
    status = tmp_path / "strip" / "sub-1_status.json"
    status.parent.mkdir()
    found = mask_by_synthstrip(extracted(tmp_path, "sub-1"), status, tmp_path / "weights.pt", **OPTIONS)
    assert found["accepted"] and read_mask(status)[1].is_file()
    refused = extracted(tmp_path, "sub-2", accepted=False)
    found = mask_by_synthstrip(refused, tmp_path / "strip" / "sub-2_status.json", tmp_path / "weights.pt", **OPTIONS)
    assert (found["accepted"], found["stage"], found["files"]) == (False, "extract", {})
