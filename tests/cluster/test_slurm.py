"""The workflow under Slurm: jobs go where they should, and one that ends badly takes no other with it."""

import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("slurm")

# What a cluster that has just begun needs on top of the profile: no account, no database, no waiting
TOY = ["--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"]
TOY += ["--latency-wait", "5", "--max-status-checks-per-second", "10"]


def submitted(checkout, *arguments, **options):
    """What ``snakemake`` said that sends the jobs of a checkout to Slurm by the profile that is shipped."""
    return checkout.snakemake("--workflow-profile", "profiles/slurm", *TOY, *arguments, **options)


def of_each_rule(jobs):
    """Jobs by the name of their rule, which the executor leaves in their comment."""
    found = defaultdict(list)
    for job in jobs:
        found[job["Comment"].removeprefix("rule_").split("_wildcards_")[0]].append(job)
    return dict(found)


def test_jobs_of_the_small_study_run_under_slurm_by_the_profile(slurm, tmp_path):
    checkout = Checkout(tmp_path)
    files = "results/small/template/mni152_mask.nii.gz", "results/small/volumes/dataset_description.json"
    before = len(slurm.jobs())
    said = submitted(checkout, *files)
    jobs = of_each_rule(slurm.jobs()[before:])
    assert set(jobs) == {"prepare_template", "describe_volumes"}, said
    assert [job["JobState"] for one in jobs.values() for job in one] == ["COMPLETED"] * 2
    assert all((checkout.folder / path).exists() for path in files)


@pytest.mark.slow
def test_one_over_its_memory_gets_more_one_out_of_time_or_cancelled_fails_alone_and_one_has_the_gpu(slurm, tmp_path):
    checkout = Checkout(tmp_path)
    shutil.copy(Path(__file__).with_name("trouble.smk"), tmp_path / "trouble.smk")
    before = len(slurm.jobs())
    asked = ["-s", "trouble.smk", "--cores", "4", "--retries", "1"]
    said = submitted(checkout, *asked, config=None, check=False)
    ended = defaultdict(list)
    for job in slurm.jobs()[before:]:
        ended[job["Comment"].rsplit("_", 1)[1]].append((job["JobState"], job["MinMemoryNode"]))
    assert ended["fine"] == [("COMPLETED", "700M")], said
    assert ended["gpu"] == [("COMPLETED", "700M")]
    given = {job["Comment"].rsplit("_", 1)[1]: "gpu:1" in job.get("TresPerJob", "") for job in slurm.jobs()[before:]}
    assert [subject for subject, gpu in given.items() if gpu] == ["gpu"]
    assert [(tmp_path / "done" / one).read_text().strip() for one in ("fine", "gpu")] == ["none", "0"]
    (first, _), last = ended["large"]
    assert first in ("OUT_OF_MEMORY", "FAILED", "CANCELLED") and last == ("COMPLETED", "1400M")
    assert [state for state, _ in ended["slow"]] == ["TIMEOUT"] * 2
    assert [state for state, _ in ended["cancelled"]] == ["CANCELLED"] * 2
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["fine", "gpu", "large"]
    assert checkout.planned("-s", "trouble.smk", config=None) == {"hold": 2}


@pytest.mark.slow
def test_a_whole_study_passes_in_groups_and_arrays_and_its_gpu_jobs_alone_land_on_gpus(slurm, tmp_path):
    checkout = Checkout(tmp_path)
    # one experiment and one method: every rule of the small study still runs
    config = tmp_path / "tests" / "study" / "config.yaml"
    lines = config.read_text().splitlines(keepends=True)
    config.write_text("".join(line for line in lines if not line.lstrip().startswith(("head:", "- {name: grad_cam"))))
    before = len(slurm.jobs())
    planned = checkout.planned("--config", "device=gpu")
    together = ["--slurm-array-jobs", "prepare_scan", "--groups", "extract_scan=scans", "--group-components", "scans=5"]
    said = submitted(checkout, *together, "--config", "device=gpu")
    jobs = of_each_rule(slurm.jobs()[before:])
    assert {job["JobState"] for one in jobs.values() for job in one} == {"COMPLETED"}, said
    on_gpus = {rule for rule, one in jobs.items() if any("gpu:1" in job.get("TresPerJob", "") for job in one)}
    assert {"train_fold", "explain_split", "randomise_model", "predict_experiment"} <= on_gpus
    assert not on_gpus & {"make_cohort", "prepare_scan", "average_maps", "write_report"}
    alone = {rule: count for rule, count in planned.items() if rule not in ("extract_scan", "prepare_scan")}
    assert alone == {rule: len(jobs[rule]) for rule in alone}
    assert all("gpu:1" in job.get("TresPerJob", "") for rule in on_gpus for job in jobs[rule])
    assert checkout.planned("--config", "device=gpu") == {}
