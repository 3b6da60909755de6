"""The workflow under Slurm: jobs go where they should, and one that ends badly takes no other with it."""

import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.workflow.checkout import Checkout

pytestmark = pytest.mark.xdist_group("slurm")

# What a cluster that has just begun needs on top of the profile: no account, no database, no waiting
TOY = ["--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1"]
TOY += ["--latency-wait", "5", "--max-status-checks-per-second", "10"]
# Rules whose jobs are short and ask for no GPU, by what goes to the cluster together; the jobs of one submission run
# one after the other
TOGETHER = {
    "begin": {"make_cohort", "prepare_template", "make_atlas", "describe_volumes"},
    "scans": {"extract_scan", "prepare_scan", "extract_shard", "prepare_shard"},
    "tables": {"tabulate_scans", "make_folds", "balance_folds", "tabulate_quality", "carry_truth"}
    | {"pack_input", "pack_shard", "index_shards", "fit_tabular", "predict_confounds"},
    "maps": {"average_maps", "rank_regions", "agree_maps", "localise_maps", "judge_methods", "compare_models"}
    | {"draw_figures"},
}
PARTITIONS = "partitions: {main: {max_runtime: 1440}, gpu: {max_runtime: 1440, max_gpu: 1}}"


def submitted(checkout, *arguments, **options):
    """What ``snakemake`` said that sends the jobs of a checkout to Slurm by the profile that is shipped."""
    return checkout.snakemake("--workflow-profile", "profiles/slurm", *TOY, *arguments, **options)


@pytest.fixture(scope="module")
def trouble(slurm, tmp_path_factory):
    """A checkout and its run of jobs that end badly, under way beside the other tests: most of its time is waiting."""
    checkout = Checkout(tmp_path_factory.mktemp("trouble"))
    shutil.copy(Path(__file__).with_name("trouble.smk"), checkout.folder)
    asked = ["-s", "trouble.smk", "--cores", "4", "--retries", "1"]
    with ThreadPoolExecutor(1) as pool:
        yield checkout, pool.submit(submitted, checkout, *asked, config=None, check=False)


def of_each_rule(jobs):
    """Jobs by the name of their rule or group, which the executor leaves in their comment."""
    found = defaultdict(list)
    for job in jobs:
        name = job["Comment"].removeprefix("rule_").split("_wildcards_")[0]
        # behind the name of a group stand those of its rules
        group = name.split("_")[0]
        found[group if group in TOGETHER else name].append(job)
    return dict(found)


def test_jobs_of_the_small_study_run_under_slurm_by_the_profile(slurm, tmp_path):
    checkout = Checkout(tmp_path)
    files = "results/small/template/mni152_mask.nii.gz", "results/small/volumes/dataset_description.json"
    said = submitted(checkout, *files)
    jobs = of_each_rule(slurm.jobs(tmp_path))
    assert set(jobs) == {"prepare_template", "describe_volumes"}, said
    assert [job["JobState"] for one in jobs.values() for job in one] == ["COMPLETED"] * 2
    assert all((checkout.folder / path).exists() for path in files)


def of_one_experiment(config):
    """Leave one experiment and one method of the small study, and have its scans prepared in two shards."""
    others = ("head:", "- {name: grad_cam")
    lines = [line for line in config.read_text().splitlines() if not line.lstrip().startswith(others)]
    config.write_text("\n".join(lines).replace("cohort:\n", "cohort:\n  shard_size: 5\n"))


@pytest.mark.parametrize(
    ("whole", "submissions"),
    [
        pytest.param(False, {"begin": 1, "scans": 2, "tables": 1, "maps": 1}, marks=pytest.mark.slow, id="part"),
        pytest.param(True, {"begin": 1, "scans": 2, "tables": 1, "maps": 2}, marks=pytest.mark.long, id="whole"),
    ],
)
def test_the_small_study_passes_in_groups_and_an_array_and_its_gpu_jobs_alone_go_to_the_gpus(
    slurm, trouble, tmp_path, whole, submissions
):
    checkout = Checkout(tmp_path)
    if not whole:
        of_one_experiment(tmp_path / "tests" / "study" / "config.yaml")
    (tmp_path / "partitions.yaml").write_text(PARTITIONS)
    planned = checkout.planned("--config", "device=gpu")
    grouped = [f"{rule}={group}" for group, rules in TOGETHER.items() for rule in rules if rule in planned]
    together = [
        "--groups",
        *grouped,
        "--group-components",
        "begin=9",
        "tables=9",
        "maps=3",
        f"scans={5 if whole else 1}",
    ]
    where = ["--slurm-array-jobs", "train_fold", "--slurm-partition-config", "partitions.yaml"]
    said = submitted(checkout, *together, *where, "--config", "device=gpu")
    jobs = of_each_rule(slurm.jobs(tmp_path))
    assert {job["JobState"] for one in jobs.values() for job in one} == {"COMPLETED"}, said
    alone = {rule: count for rule, count in planned.items() if rule not in set().union(*TOGETHER.values())}
    assert {name: len(one) for name, one in jobs.items()} == alone | submissions
    on_gpus = {name for name, one in jobs.items() if any("gpu:1" in job.get("TresPerJob", "") for job in one)}
    assert on_gpus == set(alone) - {"write_report"} >= {"train_fold", "explain_split", "predict_experiment"}
    went = {name: {job["Partition"] for job in one} for name, one in jobs.items()}
    assert went == {name: {"gpu" if name in on_gpus else "main"} for name in jobs}
    assert checkout.planned("--config", "device=gpu") == {}


@pytest.mark.slow
def test_one_over_its_memory_gets_more_one_out_of_time_or_cancelled_fails_alone_and_one_has_the_gpu(slurm, trouble):
    checkout, run = trouble
    said, done = run.result(), checkout.folder / "done"
    jobs, ended = slurm.jobs(checkout.folder), defaultdict(list)
    for job in jobs:
        ended[job["Comment"].rsplit("_", 1)[1]].append((job["JobState"], job["MinMemoryNode"]))
    assert ended["fine"] == [("COMPLETED", "700M")], said
    assert ended["gpu"] == [("COMPLETED", "700M")]
    given = {job["Comment"].rsplit("_", 1)[1]: "gpu:1" in job.get("TresPerJob", "") for job in jobs}
    assert [subject for subject, gpu in given.items() if gpu] == ["gpu"]
    assert [(done / one).read_text().strip() for one in ("fine", "gpu")] == ["none", "0"]
    (first, _), last = ended["large"]
    assert first in ("OUT_OF_MEMORY", "FAILED", "CANCELLED") and last == ("COMPLETED", "1400M")
    assert [state for state, _ in ended["slow"]] == ["TIMEOUT"] * 2
    assert [state for state, _ in ended["cancelled"]] == ["CANCELLED"] * 2
    assert sorted(path.name for path in done.iterdir()) == ["fine", "gpu", "large"]
    assert checkout.planned("-s", "trouble.smk", config=None) == {"hold": 2}
