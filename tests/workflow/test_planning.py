"""What the workflow says before any work: every shipped configuration plans, wrong settings stop it in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow import made_inputs as made
from tests.workflow.checkout import Checkout, jobs_in

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("planning")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return Checkout(tmp_path_factory.mktemp("planning"))


def test_the_demo_plans_as_its_settings_say(checkout):
    assert checkout.planned(config=None) == {
        "make_cohort": 1,
        "extract_scan": 72,
        "prepare_template": 1,
        "prepare_scan": 72,
        "tabulate_quality": 1,
        "tabulate_scans": 1,
        "pack_input": 1,
        "make_folds": 1,
        "balance_folds": 1,
        "train_fold": 6,
        "predict_experiment": 2,
        "predict_confounds": 2,
        "compare_models": 2,
        "explain_split": 24,
        "average_maps": 8,
        "make_atlas": 1,
        "rank_regions": 8,
        "agree_maps": 2,
        "randomise_model": 8,
        "carry_truth": 1,
        "score_faithfulness": 8,
        "mask_inputs": 2,
        "find_shortcuts": 2,
        "localise_maps": 2,
        "judge_methods": 2,
        "look_at_weights": 2,
        "draw_figures": 2,
        "write_report": 1,
        "describe_volumes": 1,
    }


def test_planning_a_job_reads_no_code_that_the_job_does_not_run(tmp_path):
    checkout = Checkout(tmp_path)
    (tmp_path / "voxplain" / "report" / "overview.py").write_text("this cannot be read")
    assert checkout.planned("results/small/volumes/dataset_description.json") == {"describe_volumes": 1}
    assert "SyntaxError" in checkout.snakemake("-n", check=False)


# That with everything is planned in test_methods.py, the published ones in test_published_studies.py
SHIPPED = sorted(path for path in (ROOT / "config" / "studies").glob("demo_*.yaml") if path.stem != "demo_full")


@pytest.mark.parametrize("study", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_study_of_the_demo_plans(checkout, study):
    planned = checkout.planned(config=study)
    assert planned["write_report"] == 1 and planned["look_at_weights"] > 0
    # none but an autoencoder has codes to decode
    assert ("decode_latents" in planned) == (study.stem == "demo_latents")


def test_a_table_of_labels_and_paths_plans_a_training_for_each_pair_of_groups_and_split(checkout):
    groups = ["AD", "EMCI", "LMCI", "Normal"]
    rows = [
        (group, f"{group}/ADNI_{site:03}_S_{number:04}_MR_MPRAGE_I{number}_Warped.nii.gz")
        for site, group in enumerate(groups, 2)
        for number in range(1000 * site, 1000 * site + 6)
    ]
    for _, path in rows:
        made.write(checkout.folder / "warped" / path, b"planned without being read")
    made.write_table(checkout.folder / "warped.csv", ["Label", "Path"], rows)
    pairs = ["ad_normal", "ad_emci", "ad_lmci", "emci_normal", "lmci_normal", "lmci_emci"]
    one = {"input": "affine", "network": {"name": "adni_cnn"}}
    config = made.write_study(
        checkout.folder,
        "warped",
        cohort={"source": "table", "archives": "warped", "table": "warped.csv"},
        inputs={"affine": {"strip": "ants"}},
        experiments={pair.replace("_", ""): one | {"labels": f"adni_{pair}"} for pair in pairs},
    )
    planned = checkout.planned(config=config)
    assert planned["prepare_scan"] == 24
    assert planned["make_folds"] == 6
    assert planned["train_fold"] == 6 * 3


@pytest.mark.parametrize(
    ("folds", "trainings"),
    [
        ({"scheme": "leave_one_out", "group_by": ["family"]}, {"dx": 12, "age": 12}),
        ({"scheme": "leave_one_site_out", "site": "Hospital"}, {"dx": 3, "age": 3}),
        ({"k": 4, "stratify_by": ["Sex"], "match": {"Sex": "exact", "Age": 3}}, {"dx": 4, "age": 4}),
    ],
)
def test_splits_of_several_classes_and_of_a_regression_follow_from_who_is_there(checkout, folds, trainings):
    rows = [
        (f"s{one:02}", ("CN", "MCI", "AD")[one % 3], 60 + one % 7, "FM"[one // 3 % 2], f"F{one // 2}", "ABC"[one // 8])
        for one in range(24)
    ]
    for subject, *_ in rows:
        made.write(checkout.folder / "dealt" / f"{subject}.nii.gz", b"planned without being read")
    header = ["subject", "Group", "Age", "Sex", "Family", "Hospital", "path"]
    made.write_table(checkout.folder / "dealt.csv", header, [(*row, f"{row[0]}.nii.gz") for row in rows])
    labels = {
        "dx": {"column": "Group", "classes": {"CN": 0, "MCI": 1, "AD": 2}},
        "age": {"column": "Age", "regression": True},
    }
    if "match" in folds:  # whose column cannot be matched and told at once
        labels["age"] = {"column": "Hospital", "classes": {"A": 0, "B": 1, "C": 2}}
    config = made.write_study(
        checkout.folder,
        "dealt",
        cohort={"source": "table", "archives": "dealt", "table": "dealt.csv", "labels": labels},
        inputs={"affine": {"strip": "ants"}},
        experiments={label: {"input": "affine", "labels": label} for label in labels},
        folds=folds,
    )
    planned = checkout.planned(config=config)
    assert planned["make_folds"] == planned["balance_folds"] == 2
    assert planned["train_fold"] == sum(trainings.values())
    assert planned["judge_methods"] == 2 and not {"carry_truth", "localise_maps"} & set(planned)


def test_maps_of_every_scan_are_planned_on_request(checkout):
    assert checkout.planned("--config", "report={'maps': True}")["write_maps"] == 8


def test_it_plans_from_any_directory(checkout, tmp_path):
    said = checkout.snakemake(
        "-n", "--quiet", "rules", "-s", checkout.folder / "Snakefile", "--directory", tmp_path,
        config=checkout.folder / "tests" / "study" / "config.yaml", cwd="/",
    )  # fmt: skip
    assert jobs_in(said)["prepare_scan"] == 10


def test_it_plans_as_a_module_with_the_defaults_under_the_modules_settings(checkout, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f'module voxplain:\n    snakefile: "{checkout.folder}/Snakefile"\n    config: {{"folds": {{"k": 4}}}}\n\n'
        "use rule * from voxplain as brain_*\n"
    )
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "2", "--quiet", "rules"]
    ran = subprocess.run(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert jobs_in(ran.stdout)["brain_train_fold"] == 8


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("fold={'k': 3}", 'unknown setting "fold"; did you mean "folds"?'),
        ("training={'epochs': 'ten'}", "setting \"training.epochs\" is 'ten', but should be a whole number"),
        (
            "cohort={'source': 'hcp', 'table': '/nowhere/at/all.csv', 'archives': 'mine'}",
            "/nowhere/at/all.csv",
        ),
    ],
)
def test_a_wrong_setting_stops_the_run_before_any_work_with_one_line(checkout, setting, line):
    said = checkout.snakemake("-n", "--config", setting, check=False, config=None)
    ours = [row for row in said.splitlines() if line in row and "Command:" not in row]
    assert len(ours) == 1
    assert "Traceback" not in said
    assert not (checkout.folder / "results").exists()
