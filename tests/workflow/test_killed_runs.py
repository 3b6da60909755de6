"""Runs of which everything is killed three times on their way: a plain rerun leaves the bytes of an undisturbed one."""

import random
import time

import pytest

from tests.workflow.killing import kill, running_script, started, unlock
from tests.workflow.leftovers import differing, digests, under_way

pytestmark = pytest.mark.xdist_group("study")
SEED = 7
SECONDS = 3  # in which a job under way is killed: while it imports, computes or writes
SCANS = "sub-990001", "sub-990004", "sub-990007"
STORE = "packed/affine.h5"


def killed_on_its_way(survivor, removed, asked, after):
    """Remove results and ask for them anew; kill everything whenever so many are there again. A last run ends it.

    ``removed`` are paths below the results, ``asked`` the targets of the run, none for the whole study.
    """
    generator = random.Random(SEED)
    paths = [survivor.results / path for path in removed]
    for path in paths:
        path.unlink()
    for enough in after:
        run = started(survivor, *asked)
        while sum(path.exists() for path in paths) < enough and run.poll() is None:
            time.sleep(0.05)
        script = running_script(run)
        time.sleep(generator.uniform(0, SECONDS))
        assert script is not None and kill(run, "both"), f"ended before {enough} of {len(paths)} results were there"
        if enough == after[0]:
            refused = survivor.snakemake(*asked, check=False)
            assert "Directory cannot be locked" in refused and "--unlock" in refused, refused[-2000:]
            survivor.snakemake("--unlock")
        else:
            unlock(survivor)
    survivor.snakemake(*asked)
    assert differing(digests(survivor.results), survivor.before) == []
    assert not under_way(survivor.results)
    assert survivor.planned() == {}


def test_volumes_on_their_way_to_the_store_killed_three_times_end_with_the_same_bytes(survivor):
    scans = [path for path in survivor.before if path.startswith("volumes/") and any(scan in path for scan in SCANS)]
    killed_on_its_way(survivor, [*scans, STORE], [f"results/small/{STORE}"], (0, len(scans) // 3, 2 * len(scans) // 3))


@pytest.mark.slow
def test_a_whole_run_of_an_experiment_killed_three_times_ends_with_the_same_bytes(survivor):
    removed = [path for path in survivor.before if "head" in path.split("/") or path.startswith("report/")]
    # among the trainings, the maps and what is made of them
    killed_on_its_way(survivor, removed, [], (0, 8, 60))
