"""The pictures of the methods' pages are drawn from a finished study."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("study")
ROOT = Path(__file__).parents[2]


def drawn(results, output):
    """What ``docs.methods.draw`` said of a method that fits the network of a study, and of one that does not."""
    command = [sys.executable, "-m", "docs.methods.draw", "--methods", "hires_cam", "cam"]
    places = ["--results", str(results), "--output", str(output)]
    return subprocess.run(
        command + places, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )


def test_a_finished_study_has_a_picture_of_every_method_or_of_its_refusal(study, tmp_path):
    ran = drawn(study.folder / "results" / "small", tmp_path)
    assert ran.returncode == 0 and "cam refuses this network: MriNet" in ran.stdout, ran.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"hires_cam.png", "cam.png"}
    assert min(path.stat().st_size for path in tmp_path.iterdir()) > 10_000


def test_without_a_finished_study_one_line_says_what_to_run(tmp_path):
    ran = drawn(tmp_path, tmp_path)
    assert ran.returncode == 2 and "no finished study" in ran.stdout and "make demo" in ran.stdout
    assert "Traceback" not in ran.stdout
