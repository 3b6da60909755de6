"""A job that is killed in the middle goes on where it was, and leaves the file that it would have left."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from scripts.explain_split import explain_split
from voxplain.attribution.maps import read_maps
from voxplain.relevance.kept_maps import KeptMaps, digest_of, one_by_one

ROOT = Path(__file__).parents[2]
SLOW = """
import json, sys, time
from voxplain.relevance import explanation
import scripts.explain_split as script

fast = explanation.explained_scan
def slow(network, volumes, place, *rest):
    if place == 2:
        time.sleep(600)
    return fast(network, volumes, place, *rest)

script.explained_scan = slow
given, options = json.loads(sys.argv[1])
script.explain_split(*given, **options)
"""


def job(study, output):
    given = [str(path) for path in (study.store, study.folds, study.weights[0], study.cards[0], output)]
    method = study.gradient | {"method": "integrated_gradients", "options": {"steps": 3}}
    return given, {"experiment": study.experiment, "method": method, "code": "1234"}


def kept_of(output):
    return sorted(output.parent.glob(f".{output.name}.kept/*.npz"))


@pytest.fixture
def killed(trained_study, tmp_path):
    """A job that was killed by SIGKILL while it made the third of four maps, and where its output would be."""
    output = tmp_path / "killed" / "maps.h5"
    command = [sys.executable, "-c", SLOW, json.dumps(job(trained_study, output))]
    running = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"})
    for _ in range(600):
        if len(kept_of(output)) == 2 or running.poll() is not None:
            break
        time.sleep(0.1)
    os.kill(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert not output.exists() and len(kept_of(output)) == 2
    return output


def made_again(study, output, caplog, **changed):
    given, options = job(study, output)
    with caplog.at_level(logging.INFO, logger="voxplain"):
        explain_split(*given, **options | changed)
    lines = [record.getMessage() for record in caplog.records if " of 4, " in record.getMessage()]
    caplog.clear()
    return ["made before" in line for line in lines]


def test_finished_scans_are_taken_up_and_the_file_has_the_bytes_of_a_job_that_was_never_killed(
    killed, trained_study, tmp_path, caplog
):
    whole = tmp_path / "whole" / "maps.h5"
    assert made_again(trained_study, whole, caplog) == [False] * 4
    assert made_again(trained_study, killed, caplog) == [True, True, False, False]
    assert killed.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in killed.parent.iterdir()) == ["maps.h5"], "what was kept is removed"
    notes = read_maps(killed).notes
    assert len(notes) == 4 and all("completeness_error" in one for one in notes)


def test_what_was_kept_under_other_settings_weights_or_code_is_made_anew(killed, trained_study, caplog):
    assert made_again(trained_study, killed, caplog, code="4321") == [False] * 4


def test_a_kept_map_that_is_damaged_or_of_another_scan_is_made_anew(killed, trained_study, tmp_path, caplog):
    first, second = kept_of(killed)
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    second.write_bytes(second.read_bytes()[:-500])
    assert made_again(trained_study, killed, caplog) == [False] * 4
    whole = tmp_path / "whole" / "maps.h5"
    made_again(trained_study, whole, caplog)
    assert killed.read_bytes() == whole.read_bytes()


def test_a_kept_map_is_taken_up_only_for_the_scan_and_what_decides_on_it(tmp_path):
    values = np.random.default_rng(0).standard_normal((1, 3, 4, 5)).astype(np.float32)
    kept = KeptMaps(tmp_path / "maps.h5", {"steps": 3})
    kept.keep("sub-1", ["checksum", 1], values, {"error": [0.5]})
    found, said = KeptMaps(tmp_path / "maps.h5", {"steps": 3}).taken_up("sub-1", ["checksum", 1])
    assert np.array_equal(found, values) and said == {"error": [0.5]}
    assert kept.taken_up("sub-1", ["another", 1]) is None and kept.taken_up("sub-1", ["checksum", 0]) is None
    (kept.folder / "sub-1.npz").rename(kept.folder / "sub-2.npz")
    assert kept.taken_up("sub-2", ["checksum", 1]) is None
    assert not KeptMaps(tmp_path / "maps.h5", {"steps": 4}).folder.exists()


@pytest.mark.parametrize(("owner", "step"), [(Path, "mkdir"), (np, "savez")])
def test_a_job_goes_on_when_another_one_of_the_same_output_ends_and_removes_what_both_kept(
    tmp_path, monkeypatch, owner, step
):
    made, scans = np.ones((1, 2, 2, 2), np.float32), ["sub-1", "sub-2", "sub-3"]
    mine, others = (KeptMaps(tmp_path / "maps.h5", "any") for _ in range(2))
    mine.keep("sub-1", "a", made, {})
    before, ended = getattr(owner, step), []

    def ends(*given, **options):
        before(*given, **options)
        if not ended:
            ended.append(others.remove())

    monkeypatch.setattr(owner, step, ends)
    found = list(one_by_one(mine, scans, ["a"] * 3, lambda place: (made, {}), notes := [], "map"))
    assert ended and len(found) == len(notes) == 3
    assert mine.taken_up("sub-3", "a") is not None
    mine.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_kept_for_want_of_room_is_a_fault(tmp_path, monkeypatch):
    def full(*given, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        KeptMaps(tmp_path / "maps.h5", "any").keep("sub-1", "a", np.ones((1, 2, 2, 2), np.float32), {})


def test_a_line_for_each_scan_says_how_far_the_job_is(tmp_path, caplog):
    made = np.zeros((1, 2, 2, 2), np.float32)
    kept, notes = KeptMaps(tmp_path / "maps.h5", "any"), []
    kept.keep("sub-1", "a", made, {})
    with caplog.at_level(logging.INFO, logger="voxplain"):
        steps = list(one_by_one(kept, ["sub-1", "sub-2"], ["a", "b"], lambda place: (made, {"x": place}), notes, "map"))
    assert len(steps) == 2 and notes == [{}, {"x": 1}]
    first, second = (record.getMessage() for record in caplog.records)
    assert first == "map: sub-1, 1 of 2, made before"
    assert second.startswith("map: sub-2, 2 of 2, 0.0 s, 0 s left")


def test_a_digest_changes_with_every_value_type_and_shape():
    values = [1, 1.0, "1", True, None, [1], [[1]], {"a": 1}, {"b": 1}, b"1", np.ones(2), np.ones(2, np.float32)]
    values += [np.ones((1, 2)), torch.zeros(2), [1, 2], [2, 1], ["ab"], ["a", "b"]]
    assert len({digest_of(value) for value in values}) == len(values)
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) and digest_of((1, 2)) == digest_of([1, 2])
