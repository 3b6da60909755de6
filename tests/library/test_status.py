"""How far a study is, from Snakemake's plan and the logs that jobs left."""

import os
import subprocess

import pytest

from voxplain.status import failed_logs, main, planned_jobs, status_lines, unfinished_logs

PLAN = """digraph snakemake_dag {
\t0[label = "all", color = "0.02 0.6 0.85", style="rounded"];
\t1[label = "train_fold\\nseed: 1\\nsplit: r1f1", color = "0.02 0.6 0.85", style="rounded,dashed"];
\t2[label = "train_fold\\nseed: 1\\nsplit: r1f2", color = "0.02 0.6 0.85", style="rounded"];
\t3[label = "make_cohort\\nstudy: tiny", color = "0.02 0.6 0.85", style="rounded,dashed"];
\t4[label = "write_report", color = "0.02 0.6 0.85", style="rounded"];
\t2 -> 4
}
"""
ERROR = """[Sat Nov 21 12:00:00 2026]
Error in rule train_fold:
    message: None
    jobid: 2
    output: results/tiny/train/brain/r1f2_seed-1.pt
    log: {log} (check log file(s) for error details)
"""


def write(path, text, age):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1e9 - age, 1e9 - age))
    return path


@pytest.fixture
def begun(tmp_path):
    """A study with one training done and one begun, and Snakemake's own folder."""
    write(tmp_path / "logs/train_fold/brain_r1f1_seed-1.log", "epoch 9 of 9\n", 90)
    write(tmp_path / "logs/train_fold/brain_r1f1_seed-1.benchmark.tsv", "s\n1\n", 80)
    log = write(tmp_path / "logs/train_fold/brain_r1f2_seed-1.log", "epoch 3 of 9\nno room on the device\n\n", 50)
    return tmp_path / "logs", tmp_path / "snakemake", log


def test_the_plan_says_which_jobs_are_done_and_leaves_out_the_target():
    assert planned_jobs(PLAN) == [
        ("train_fold", True),
        ("train_fold", False),
        ("make_cohort", True),
        ("write_report", False),
    ]


def test_a_job_is_unfinished_until_a_benchmark_is_as_new_as_its_log(begun):
    logs, _, log = begun
    assert unfinished_logs(logs) == [log]
    write(log.with_suffix(".benchmark.tsv"), "s\n1\n", 60)
    assert unfinished_logs(logs) == [log], "the benchmark of an earlier run"
    write(log.with_suffix(".benchmark.tsv"), "s\n1\n", 50)
    assert unfinished_logs(logs) == []


def test_what_failed_is_what_snakemake_wrote_an_error_about_since(begun):
    _, snakemake, log = begun
    write(snakemake / "log/1.snakemake.log", ERROR.format(log=log), 60)
    assert failed_logs([log], snakemake / "log") == [], "that was an earlier attempt"
    write(snakemake / "log/2.snakemake.log", ERROR.format(log=log), 40)
    assert failed_logs([log], snakemake / "log") == [log]


def test_a_failed_job_is_told_with_its_log_and_the_last_line_of_it(begun):
    logs, snakemake, log = begun
    write(snakemake / "log/1.snakemake.log", ERROR.format(log=log), 40)
    lines = status_lines("tiny", planned_jobs(PLAN), logs, snakemake)
    assert lines[0] == "tiny: 2 of 4 jobs done (50 %), 1 failed, not running"
    assert lines[1:4] == ["done: cohort 1", "under way: train 1 of 2", "waiting: report 1"]
    assert lines[4].startswith("failed: ") and lines[5] == "    no room on the device"


def test_while_the_study_is_locked_what_began_is_running_with_what_it_last_said(begun):
    logs, snakemake, _ = begun
    write(snakemake / "locks/0.output.lock", "results/other/cohort/scans.tsv\n", 0)
    assert "not running" in status_lines("tiny", [], logs, snakemake)[0]
    write(snakemake / "locks/1.output.lock", "results/tiny/cohort/scans.tsv\n", 0)
    lines = status_lines("tiny", [], logs, snakemake)
    assert lines[0].endswith("0 failed, 1 running")
    assert lines[-1] == "running: train_fold/brain_r1f2_seed-1: no room on the device"


def test_ten_lines_are_enough_for_any_number_of_failures(begun):
    logs, snakemake, log = begun
    for number in range(40):
        write(logs / f"train_fold/brain_r{number}.log", "out of memory " * 50, 45)
    text = "".join(ERROR.format(log=path) for path in logs.rglob("*.log"))
    write(snakemake / "log/1.snakemake.log", text, 40)
    write(snakemake / "locks/1.output.lock", "results/tiny/cohort/scans.tsv\n", 0)
    lines = status_lines("tiny", planned_jobs(PLAN), logs, snakemake)
    assert len(lines) <= 10 and "41 failed" in lines[0]
    assert lines[-1].endswith("…") and len(lines[-1]) < 110


def test_settings_that_snakemake_refuses_are_refused_with_its_words(monkeypatch, capsys):
    asked = []

    def refused(command, **_):
        asked.extend(command)
        return subprocess.CompletedProcess(command, 1, "", 'unknown setting "fold"; did you mean "folds"?\n')

    monkeypatch.setattr(subprocess, "run", refused)
    assert main(["--configfile", "mine.yaml"]) == 1 and asked[-2:] == ["--configfile", "mine.yaml"]
    assert capsys.readouterr().err == 'unknown setting "fold"; did you mean "folds"?\n'
