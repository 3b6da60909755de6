"""Every published study is planned, on archives in the layout that it asks for and as its made twin."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from tests.workflow.checkout import ROOT, Checkout
from tests.workflow.published_plans import PEOPLE

pytestmark = pytest.mark.xdist_group("published_studies")

# Jobs that belong to the protocol of each, on stand-ins of its archives
PROTOCOLS = {
    # ten folds of six networks by three methods; four tables of features
    "hcp_sex": {"train_fold": 60, "explain_split": 180, "fit_voxels": 6, "study_first_layer": 6}
    | {"fit_tabular": 4, "share_tabular": 20, "mask_inputs": 6, "rank_regions": 36, "agree_maps": 6},
    # three folds of five arms; five twins on permuted labels and one on true ones
    "hcp_five_arms": {"train_fold": 15, "train_arm": 90, "randomise_data": 10, "randomise_model": 10, "probe_size": 5}
    | {"describe_experiment": 5, "compare_experiments": 1, "explain_split": 30},
    # one given split
    "hcp_age": {"train_fold": 4, "explain_split": 4, "fit_voxels": 4, "embed_features": 4, "decode_latents": 2}
    | {"fit_tabular": 10, "share_tabular": 10, "embed_table": 1},
    # six pairs by two networks, one more network, one more input; one of five repeats
    "adni_voxcnn": {"train_fold": 70, "explain_split": 210, "localise_maps": 14, "mark_anatomy": 1, "make_folds": 6},
    # five folds of two networks and one hold-out, four methods, and the other field strength
    "adni_rieke": {"train_fold": 11, "explain_split": 44, "explain_cohort": 44, "predict_cohort": 3, "deal_cohort": 2}
    | {"rank_regions": 12, "agree_maps": 3, "localise_maps": 3},
}
TWINS = {
    "hcp_sex": {"train_fold": 4, "explain_split": 12, "fit_voxels": 2, "study_first_layer": 2, "mask_inputs": 2},
    "hcp_five_arms": {"train_fold": 4, "train_arm": 24, "randomise_data": 2, "compare_experiments": 1},
    "hcp_age": {"train_fold": 2, "fit_voxels": 2, "embed_features": 2, "decode_latents": 1},
    "adni_voxcnn": {"train_fold": 4, "explain_split": 12, "localise_maps": 2},
    "adni_rieke": {"train_fold": 3, "explain_split": 12, "predict_cohort": 2, "localise_maps": 2},
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """What is planned of each study, by its name and then by kind; one process plans all."""
    folder = Checkout(tmp_path_factory.mktemp("published_studies")).folder
    command = [sys.executable, "-m", "tests.workflow.published_plans", *PEOPLE]
    paths = os.pathsep.join(map(str, (folder, ROOT)))
    ran = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": paths}, text=True, capture_output=True)
    assert ran.returncode == 0, ran.stderr[-6000:]
    return json.loads(ran.stdout.splitlines()[-1])


def shipped(name):
    return yaml.safe_load((ROOT / "config" / "studies" / f"{name}.yaml").read_text())


def test_every_shipped_study_that_names_published_figures_is_planned_here():
    files = (ROOT / "config" / "studies").glob("*.yaml")
    assert {path.stem for path in files if shipped(path.stem).get("published")} == set(PEOPLE)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_published_study_plans_its_protocol_and_puts_its_figures_beside_the_published_ones(plans, name):
    planned = plans[name]["real"]
    assert isinstance(planned, dict), planned
    assert planned | PROTOCOLS[name] == planned
    assert planned["compare_published"] == planned["write_report"] == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_a_made_twin_plans_the_same_kinds_of_jobs_but_compares_with_no_published_figure(plans, name):
    planned, real = plans[name]["made"], plans[name]["real"]
    assert isinstance(planned, dict), planned
    assert planned | TWINS[name] == planned
    assert planned["write_report"] == 1 and sum(planned.values()) < 150
    # a twin's few scans are read, prepared and packed by the shard
    other = {"extract_scan", "prepare_scan", "pack_input"}
    # a twin with one experiment for each label has nobody to share with
    other |= {"share_tabular"} if name == "hcp_age" else set()
    assert set(real) - set(planned) - other == {"compare_published"}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_study_whose_paths_are_not_set_says_so_in_one_line(plans, name):
    lines = [line for line in plans[name]["unset"].splitlines() if "/path/to/" in line]
    assert len(lines) == 1 and "Traceback" not in plans[name]["unset"]


def test_the_published_repeats_that_are_not_planned_here_are_in_the_study():
    assert shipped("adni_voxcnn")["folds"] | {"k": 5, "repeats": 5} == shipped("adni_voxcnn")["folds"]
