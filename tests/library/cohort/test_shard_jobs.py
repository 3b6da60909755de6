import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from voxplain.cohort.shard_jobs import digest, status_in, status_paths, work_on_shard
from voxplain.errors import InputError, SettingsError
from voxplain.runtime import rule_log

SCANS = ["sub-a", "sub-b_ses-1", "sub-c", "sub-d"]


@pytest.fixture
def job(tmp_path):
    """Works on a shard; says which scans were worked on, each time, by a file that their processes write."""
    listing, record = tmp_path / "shards" / "affine_shard-0001.json", tmp_path / "record"
    statuses = {scan: status_in(tmp_path, scan, "affine") for scan in SCANS}

    def run(keys=None, fails=()):
        record.write_text("")

        def work(scan):
            with open(record, "a") as file:
                file.write(scan + "\n")
            if scan in fails:
                fails[scan]()
            statuses[scan].parent.mkdir(parents=True, exist_ok=True)
            statuses[scan].write_text(json.dumps({"scan": scan, "accepted": True}))

        work_on_shard(statuses, dict.fromkeys(SCANS, "0" * 16) | (keys or {}), work, listing)
        return record.read_text().split()

    run.listing, run.record, run.statuses = listing, record, statuses
    return run


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def raised():
    raise RuntimeError("something nobody thought of of sub-c")


def test_every_scan_of_a_shard_is_listed_with_its_status(job, tmp_path):
    assert job() == SCANS
    listed = status_paths([job.listing])
    assert listed == [str(job.statuses[scan]) for scan in SCANS]
    assert listed[1] == str(tmp_path / "sub-b" / "ses-1" / "anat" / "sub-b_ses-1_desc-affine_status.json")


def test_lists_of_shards_and_statuses_of_single_scans_mix(job):
    job()
    alone = "results/x/sub-z/anat/sub-z_desc-affine_status.json"
    assert status_paths([alone, job.listing])[0] == alone and len(status_paths([alone, job.listing])) == 5


def test_a_second_run_works_on_nothing_and_leaves_the_same_bytes(job):
    job()
    content = job.listing.read_bytes()
    assert job() == [] and job.listing.read_bytes() == content


def test_a_scan_is_done_again_when_its_key_changes_or_its_status_is_gone(job):
    job()
    assert job({"sub-c": "1" * 16}) == ["sub-c"]
    assert job({"sub-c": "1" * 16}) == []
    job.statuses["sub-a"].unlink()
    assert job({"sub-c": "1" * 16}) == ["sub-a"]


@pytest.mark.parametrize("end", [killed, raised])
def test_a_scan_whose_work_dies_keeps_no_other_from_its_own(job, end):
    with pytest.raises(InputError, match="1 of 4 scans ended without a status, the first sub-b_ses-1") as caught:
        job(fails={"sub-b_ses-1": end})
    assert "\n" not in str(caught.value) and not job.listing.exists()
    assert job.record.read_text().split() == SCANS
    assert job() == ["sub-b_ses-1"] and job.listing.exists()


def refused():
    raise SettingsError("no dcm2niix; install it")


def filled():
    raise OSError(28, "No space left on device", "volumes/sub-c/anat/x.nii")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refused, ["sub-c: no dcm2niix; install it"]),
        (filled, ["sub-c: volumes/sub-c/anat/x.nii: no space is left on the disk; make room and run again"]),
        (raised, ["sub-c: it broke", "Traceback", "RuntimeError: something nobody thought of of sub-c"]),
    ],
)
def test_why_a_scan_of_a_shard_ended_stands_in_the_log_without_its_name_where_that_is_asked(
    job, tmp_path, capfd, fault, said
):
    rule = SimpleNamespace(
        rule="extract_shard", log=[str(tmp_path / "log")], config={"privacy": True}, input=[], output=[], params={}
    )
    with pytest.raises(SystemExit), rule_log(rule):
        job(fails={"sub-c": fault})
    log = Path(rule.log[0]).read_text()
    for line in said:
        assert line.replace("sub-c", "(hidden)") in log
    assert log == capfd.readouterr().err and "sub-c" not in log
    assert ("Traceback" in log) == ("Traceback" in said)


def test_a_status_that_vanished_is_named_with_what_to_remove_and_only_its_scan_is_made_again(job):
    job()
    job.statuses["sub-c"].unlink()
    with pytest.raises(InputError) as caught:
        status_paths([job.listing])
    told = f"{job.listing.parent}/*_shard-0001.json"
    assert f"sub-c_desc-affine_status.json: it is not there; remove {told} and run again" in str(caught.value)
    for path in job.listing.parent.glob("*_shard-0001.json"):
        path.unlink()
    assert job() == ["sub-c"] and len(status_paths([job.listing])) == 4


def test_where_an_earlier_job_ended_comes_last(job):
    with pytest.raises(InputError):
        job(fails={"sub-a": killed})
    for scan in SCANS[1:]:
        job.statuses[scan].unlink()
    assert job()[-1] == "sub-a"


def test_a_note_that_was_cut_short_counts_for_nothing(job):
    job()
    notes = job.listing.with_name(f".{job.listing.name}.notes")
    lines = notes.read_text().splitlines()
    notes.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:-5])
    assert job() == [SCANS[-1]]


def test_a_changed_status_makes_another_list(job):
    job()
    content = job.listing.read_bytes()
    job.statuses["sub-d"].write_text(json.dumps({"scan": "sub-d", "accepted": False}))
    job()
    assert job.listing.read_bytes() != content


def test_a_digest_tells_values_and_contents_apart(tmp_path):
    (tmp_path / "one").write_text("a")
    (tmp_path / "two").write_text("b")
    found = {digest("a"), digest("b"), digest("a", "b"), digest(["a", "b"]), digest(tmp_path / "one")}
    assert len(found | {digest(tmp_path / "two")}) == 6 and {len(one) for one in found} == {16}
    assert digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1})
