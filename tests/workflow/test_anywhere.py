"""The workflow as a part of somebody's own, in a folder that is not its own: the same bytes."""

import os
import subprocess
import sys

import pytest
import yaml

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("study")]
OWN = """
module voxplain:
    snakefile: "{checkout}/Snakefile"
    config: config["voxplain"]


use rule * from voxplain as brain_*


rule count_men:
    input:
        "results/small/cohort/scans.tsv"
    output:
        "men.txt"
    shell:
        "grep -c '\tM\t' {{input}} > {{output}}"
"""
LEFT = ("cohort/scans.tsv", "cohort/ledger.tsv", "quality/qc.tsv")


@pytest.fixture(scope="module")
def elsewhere(study, tmp_path_factory):
    """A finished run of another workflow that takes the table of scans from this one, started from the root folder."""
    own, folder = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("elsewhere")
    (own / "Snakefile").write_text(OWN.format(checkout=study.folder))
    settings = yaml.safe_load((study.folder / "tests/study/config.yaml").read_text())
    (own / "config.yaml").write_text(yaml.safe_dump({"voxplain": settings}))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "-s", own / "Snakefile", "--directory", folder]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [*command, "--configfile", own / "config.yaml", "--", "men.txt"],
        cwd="/", env=kept, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:]
    return folder


def test_a_workflow_of_ones_own_takes_what_this_one_leaves(elsewhere):
    assert 0 < int((elsewhere / "men.txt").read_text()) < 10


def test_what_it_leaves_elsewhere_is_the_same_to_the_byte(elsewhere, study):
    there = [name for name in LEFT if (elsewhere / "results/small" / name).exists()]
    volumes = sorted((elsewhere / "results/small/volumes").rglob("*_T1w.nii.gz"))
    assert "cohort/scans.tsv" in there and len(volumes) >= 10
    for path in [elsewhere / "results/small" / name for name in there] + volumes:
        beside = study.folder / path.relative_to(elsewhere)
        assert path.read_bytes() == beside.read_bytes(), path.name


def test_nothing_is_written_where_the_workflow_lies(elsewhere, study):
    assert not {path.name for path in study.folder.iterdir()} & {"men.txt", "own"}
    assert (elsewhere / "logs/small").is_dir() and (elsewhere / ".snakemake").is_dir()
