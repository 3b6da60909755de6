"""A disk that is full in the middle of each stage, or read-only: one line says so, and a rerun costs no byte."""

import os
import subprocess

import pytest

from tests.workflow.conftest import Survivor
from tests.workflow.leftovers import differing, digests, under_way

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("study")]
PAGE = 4096
SIZE = 96 * 2**20
STAGES = (
    "extract_scan",
    "tabulate_scans",
    "prepare_scan",
    "pack_input",
    "make_folds",
    "train_fold",
    "predict_experiment",
    "explain_split",
    "average_maps",
    "randomise_model",
    "draw_figures",
    "write_report",
)


class SmallDisk(Survivor):
    """A finished study whose results lie on a disk of their own, in memory."""

    def __init__(self, folder, finished):
        (folder / "results").mkdir(parents=True)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder / "results"], capture_output=True, text=True
        )
        if mounted.returncode:
            pytest.skip(f"a disk of memory cannot be mounted here: {mounted.stderr.strip()}")
        super().__init__(folder, finished)
        self.ballast = folder / "results" / "ballast"

    def fill(self, room):
        """Leave ``room`` bytes, in whole pages."""
        state = os.statvfs(self.folder / "results")
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(PAGE, state.f_bavail * state.f_frsize - room // PAGE * PAGE))

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.folder / "results"], check=True)


@pytest.fixture(scope="module")
def disk(study, tmp_path_factory):
    made = SmallDisk(tmp_path_factory.mktemp("disk") / "study", study)
    yield made
    subprocess.run(["umount", "-l", made.folder / "results"], check=True)


@pytest.fixture(scope="module")
def jobs(disk):
    """The outputs of the first job of each stage that is tried."""
    outputs = disk.outputs()
    return {rule: outputs[rule][0] for rule in STAGES}


@pytest.mark.parametrize("rule", STAGES)
def test_a_disk_that_fills_up_is_said_in_one_line_and_costs_no_byte(disk, jobs, rule):
    sizes = [(disk.folder / output).stat().st_size for output in jobs[rule]]
    for output in jobs[rule]:
        disk.remove(output)
    disk.fill(max(sizes) // 2)
    try:
        said = disk.snakemake(jobs[rule][0], check=False)
    finally:
        disk.ballast.unlink()
    disk.snakemake(*jobs[rule])
    assert f"{rule}: " in said and "no space is left on the disk" in said, said[-3000:]
    assert differing(digests(disk.results), disk.before) == [] and not under_way(disk.results)


def test_results_that_may_not_be_written_are_named_and_stay(disk):
    disk.remount("ro")
    try:
        said = disk.snakemake("--forcerun", "make_folds", check=False)
    finally:
        disk.remount("rw")
    assert "Write-protected output files for rule " in said and "affected files:" in said, said[-3000:]
    assert differing(digests(disk.results), disk.before) == []
