import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from voxplain.errors import InputError
from voxplain.runtime import progress, rule_log, write_status, written_whole


def a_rule(tmp_path, **config):
    log = [str(tmp_path / "logs" / "prepare_scan.log")]
    return SimpleNamespace(
        rule="prepare_scan", log=log, config=config, input=["sub-P0123/sub-P0123_T1w.nii"], output=[], params={}
    )


def test_no_line_names_a_subject_where_privacy_is_asked_for(tmp_path, capsys):
    rule = a_rule(tmp_path, privacy=True)
    with pytest.raises(SystemExit), rule_log(rule):
        logging.getLogger("voxplain").info("read /data/100307_3T_Structural_preproc.zip in 12.5 s")
        raise InputError("sub-100307: no mask; 011_S_0003 has one")
    said = Path(rule.log[0]).read_text()
    assert "100307" not in said and "011_S_0003" not in said and "12.5 s" in said
    assert "(hidden): no mask" in said
    assert "100307" not in capsys.readouterr().err


def test_neither_log_nor_terminal_names_the_subject_of_a_job_that_broke(tmp_path, capsys):
    rule = a_rule(tmp_path, privacy=True)
    with pytest.raises(SystemExit) as stopped, rule_log(rule):
        raise ValueError("/data/P-0123/T1.nii of P0123 has 3 axes")
    said = capsys.readouterr().err
    assert stopped.value.code == 1 and said == Path(rule.log[0]).read_text()
    assert "ValueError: /data/(hidden)/T1.nii of (hidden) has 3 axes" in said


def test_whoever_is_in_a_shard_is_hidden_while_it_is_extracted_and_in_what_reads_its_list(tmp_path, capsys):
    rule, listing = a_rule(tmp_path, privacy=True), tmp_path / "source_shard-0001.json"
    rule.input, rule.output, rule.params = [], [str(listing)], {"scans": ["sub-1234567", "sub-P012"]}
    reason = "1234567_20252_2_0.zip and P-012.zip: no such file"
    with rule_log(rule):
        write_status(tmp_path / "status.json", {"scan": "sub-1234567", "accepted": False, "reason": reason})
    listed = [{"path": f"../{scan}/anat/{scan}_desc-source_status.json"} for scan in rule.params["scans"]]
    listing.write_text(json.dumps({"statuses": listed}))
    rule.input, rule.output, rule.params = [str(listing)], [], {}
    with pytest.raises(SystemExit), rule_log(rule):
        raise InputError(reason)
    said = capsys.readouterr().err
    assert said.count("(hidden)_20252_2_0.zip and (hidden).zip: no such file") == 2
    assert "1234567" not in said and "P-012" not in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(28, "No space left on device", "results/a.h5"),
            "results/a.h5: no space is left on the disk; make room",
        ),
        (OSError("Can't write data (errno = 28, error message = 'No space left on device')"), "no space is left on"),
        (RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed"), "no space is left on"),
        (
            OSError(30, "Read-only file system", "results/a"),
            "results/a: the file system is read-only; make it writable",
        ),
        (PermissionError(13, "Permission denied", "results/a"), "results/a: it may not be written or read; see to its"),
    ],
)
def test_a_disk_that_is_full_or_closed_is_one_line_that_says_what_to_do(tmp_path, capsys, error, said):
    rule = a_rule(tmp_path)
    with pytest.raises(SystemExit) as stopped, rule_log(rule):
        raise error
    assert stopped.value.code == 1 and f"prepare_scan: {said}" in capsys.readouterr().err
    assert len(Path(rule.log[0]).read_text().splitlines()) == 1


def test_a_file_that_is_not_there_is_no_fault_of_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError), rule_log(a_rule(tmp_path)):
        (tmp_path / "none").read_text()


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "map.nii.gz"
    with pytest.raises(RuntimeError), written_whole(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert list(target.parent.iterdir()) == []
    with written_whole(target) as part:
        assert part.suffixes == [".nii", ".gz"]
        part.write_text("whole")
    assert [entry.name for entry in target.parent.iterdir()] == ["map.nii.gz"]
    assert target.read_text() == "whole"


def test_the_old_file_stays_when_its_successor_fails(tmp_path):
    target = tmp_path / "table.tsv"
    target.write_text("old")
    with pytest.raises(ValueError), written_whole(target) as part:
        part.write_text("new")
        raise ValueError
    assert target.read_text() == "old"


def test_what_a_killed_job_left_is_removed_and_what_others_write_is_not(tmp_path):
    mine, others = tmp_path / ".table.tsv.abc.part", tmp_path / ".scans.tsv.abc.part"
    for folder in (mine, others):
        folder.mkdir()
        (folder / "half").write_text("half")
    with written_whole(tmp_path / "table.tsv") as part:
        part.write_text("whole")
    assert not mine.exists()
    assert others.exists()


def test_a_fault_of_the_data_is_one_line_in_the_log_and_on_the_terminal(tmp_path, capsys):
    rule = a_rule(tmp_path)
    with pytest.raises(SystemExit) as stopped, rule_log(rule):
        raise InputError("sub-1: no such member; name it in cohort.members")
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and said.endswith("prepare_scan: sub-1: no such member; name it in cohort.members\n")
    assert Path(rule.log[0]).read_text() == said


def test_a_fault_of_ours_keeps_its_traceback_in_the_log_and_is_raised(tmp_path):
    rule = a_rule(tmp_path)
    with pytest.raises(ZeroDivisionError), rule_log(rule):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in Path(rule.log[0]).read_text()


def test_progress_gives_every_item_and_says_the_last_one_in_a_log(caplog):
    with caplog.at_level(logging.INFO, "voxplain"):
        assert list(progress([3, 1, 2], label="scans")) == [3, 1, 2]
    assert "scans 3/3" in caplog.text


def test_the_status_of_a_scan_that_is_left_out_is_written_and_named_in_the_log(tmp_path, caplog):
    for scan, reason in (("sub-1", None), ("sub-2", "no mask")):
        write_status(tmp_path / f"{scan}.json", {"scan": scan, "accepted": reason is None, "reason": reason})
    assert json.loads((tmp_path / "sub-2.json").read_text())["reason"] == "no mask"
    assert [record.getMessage() for record in caplog.records] == ["sub-2 left out: no mask"]


def test_no_scan_is_left_out_while_the_disk_is_all_but_full(tmp_path, monkeypatch):
    left_out = {"scan": "sub-1", "accepted": False, "reason": "registration: it did not end well"}
    free = SimpleNamespace(free=100e6)
    monkeypatch.setattr("shutil.disk_usage", lambda place: free)
    with pytest.raises(OSError, match="No space left on device"):
        write_status(tmp_path / "a" / "status.json", left_out)
    write_status(tmp_path / "b" / "status.json", left_out | {"accepted": True})
    free.free = 1e9
    write_status(tmp_path / "c" / "status.json", left_out)
    assert [path.parent.name for path in sorted(tmp_path.rglob("status.json"))] == ["b", "c"]


def test_what_a_living_process_still_writes_stays_and_that_of_a_dead_one_goes(tmp_path, caplog):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here = os.uname().nodename
    living, left = (tmp_path / f".r1f1_seed-1.h5.{here}-{pid}-ab_1.part" for pid in (os.getppid(), dead.pid))
    lately, long_ago = (tmp_path / f".r1f1_seed-1.h5.else{here}-{number}-ab_2.part" for number in (dead.pid, 8))
    for folder in (living, left, lately, long_ago):
        folder.mkdir()
    os.utime(long_ago, (0, 0))
    with written_whole(tmp_path / "r1f1_seed-1.h5") as part:
        part.write_text("whole")
    assert living.exists() and lately.exists() and not left.exists() and not long_ago.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([living.name, lately.name, "r1f1_seed-1.h5"])
    # of another machine nobody may come again: what stays is named
    assert {record.getMessage() for record in caplog.records} == {
        f"{stays}: another job may still be writing it; remove it if none is" for stays in (living, lately)
    }


def test_two_who_write_the_same_file_at_once_both_end_well(tmp_path):
    with written_whole(tmp_path / "table.tsv") as part:
        with written_whole(tmp_path / "table.tsv") as second:
            second.write_text("same")
        part.write_text("same")
    assert (tmp_path / "table.tsv").read_text() == "same" and len(list(tmp_path.iterdir())) == 1
