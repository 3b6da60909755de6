"""A whole study of which everything is killed three times on its way, held against one that was left in peace."""

import random
import time

import pytest

from tests.workflow.checkout import Checkout
from tests.workflow.killing import kill, running_script, started
from tests.workflow.leftovers import differing, digests, under_way

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("study")]
SEED = 7
# finished jobs after which everything is killed: among the volumes, the trainings and the maps
AFTER = 12, 45, 75


def finished_jobs(folder):
    return len(list((folder / "logs" / "small").rglob("*.benchmark.tsv")))


def test_a_study_killed_three_times_ends_with_the_bytes_of_one_that_was_not(study, tmp_path):
    checkout, generator = Checkout(tmp_path), random.Random(SEED)
    for jobs in AFTER:
        run = started(checkout)
        while finished_jobs(tmp_path) < jobs and run.poll() is None:
            time.sleep(0.05)
        script = running_script(run)
        time.sleep(generator.uniform(0, 1.0))
        assert script is not None and kill(run, "both"), f"ended before {jobs} jobs were done"
        checkout.snakemake("--unlock")
    checkout.snakemake()
    found, expected = (digests(one.folder / "results" / "small") for one in (checkout, study))
    assert differing(found, expected) == []
    assert not under_way(tmp_path / "results")
    assert checkout.planned() == {}
