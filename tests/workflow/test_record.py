"""What Snakemake itself says of a finished study: its report, and how far the study is."""

import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.xdist_group("study")


def status(study, *arguments):
    command = [sys.executable, "-m", "voxplain.status", "--configfile", "tests/study/config.yaml", *arguments]
    return subprocess.run(command, cwd=study.folder, check=True, capture_output=True, text=True).stdout.splitlines()


def test_the_status_is_told_while_a_run_holds_the_lock(study):
    lock = study.folder / ".snakemake/locks/0.output.lock"
    lock.parent.mkdir(exist_ok=True)
    lock.write_text("results/small/report/index.html\n")
    try:
        said = status(study)
    finally:
        lock.unlink()
    total = said[0].split(" of ")[1].split(" ")[0]
    assert said[0] == f"small: {total} of {total} jobs done (100 %), 0 failed, 0 running"
    assert len(said) == 2 and said[1].startswith("done: cohort 1, prepare ") and said[1].endswith(", report 3")


@pytest.mark.slow
def test_a_job_that_failed_is_told_with_its_log(study, edited):
    balance = study.folder / "results/small/cohort/label-sex_balance.tsv"
    edited(
        "scripts/balance_folds.py", "    with rule_log(snakemake):\n", "    with rule_log(snakemake):\n        1 / 0\n"
    )
    balance.unlink()
    study.snakemake(balance.relative_to(study.folder), check=False)
    said = "\n".join(status(study))
    edited("scripts/balance_folds.py", "        1 / 0\n", "")
    study.snakemake(balance.relative_to(study.folder))
    assert ", 1 failed, not running" in said
    assert "failed: logs/small/balance_folds/sex.log\n    ZeroDivisionError: division by zero" in said


@pytest.mark.slow
def test_the_report_of_snakemake_has_captions_categories_and_figures(study, tmp_path):
    study.snakemake("--report", tmp_path / "report.zip")
    with zipfile.ZipFile(tmp_path / "report.zip") as packed:
        names = [name.rsplit("/", 1)[1] for name in packed.namelist()]
        page = packed.read(next(name for name in packed.namelist() if name.endswith("report.html"))).decode()
    assert names.count("scores.tsv") == 2 and names.count("verdicts.tsv") == 2 and "ledger.tsv" in names
    assert names.count("performance.svg") == 2
    for told in ("Made data.", "No check says that a map is true", "held-out scores", "Relevance"):
        assert told in page, told
    assert "snakemake.wildcards" not in page
