"""The two containers hold the workflow, from the same lock."""

import re
from pathlib import Path

from tests.workflow.checkout import PARTS

ROOT = Path(__file__).parents[2]
DOCKER = (ROOT / "containers" / "Dockerfile").read_text()
APPTAINER = (ROOT / "containers" / "voxplain.def").read_text()


def copied_by_docker():
    lines = [line.split()[1:-1] for line in DOCKER.splitlines() if line.startswith("COPY ")]
    return {part for line in lines for part in line}


def copied_by_apptainer():
    section = re.search(r"^%files\n(.*?)^%", APPTAINER, re.M | re.S)[1]
    pairs = [line.split() for line in section.splitlines() if line.strip()]
    assert all(target == f"/opt/voxplain/{part}" for part, target in pairs)
    return {part for part, _ in pairs}


def test_both_hold_all_that_the_workflow_runs_from():
    needed = {part for part in PARTS if not part.startswith("tests")} | {"requirements.lock"}
    assert needed <= copied_by_docker() == copied_by_apptainer()
    assert all((ROOT / part).exists() for part in copied_by_docker())


def test_nothing_else_is_sent_to_the_builder():
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_through == copied_by_docker()


def test_both_are_of_one_python_and_install_the_lock_and_nothing_besides():
    image = re.search(r"^FROM (\S+)$", DOCKER, re.M)[1]
    assert f"\nFrom: {image}\n" in APPTAINER
    assert image.startswith("python:" + re.search(r"python(3\.\d+)", (ROOT / "Makefile").read_text())[1])
    for text in (DOCKER, APPTAINER):
        assert re.findall(r"pip install (.*)", text) == ["--no-cache-dir --requirement requirements.lock"]
        assert "snakemake" in text and "/opt/voxplain/Snakefile" in text
