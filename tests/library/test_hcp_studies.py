"""The three published studies of the Human Connectome Project: what their files resolve to, and their networks."""

from functools import cache
from pathlib import Path

import pytest
import torch
import yaml

from voxplain.attribution.table import method_options, methods
from voxplain.networks.build import build
from voxplain.networks.table import network_options, networks
from voxplain.settings.classes import class_count
from voxplain.settings.merging import merged_settings
from voxplain.volumes.headers import SMALLEST_AXIS
from voxplain.volumes.recipes import OWN_RECIPES
from voxplain.volumes.template import load_template

STUDIES = Path(__file__).parents[2] / "config" / "studies"
NAMES = ("hcp_sex", "hcp_five_arms", "hcp_age")
ADAM = {"optimiser": "adam", "learning_rate": 3.0e-4, "weight_decay": 0, "gamma": 0.1}


@cache
def settings(name, made=False):
    """All settings of a study, or of its made twin."""
    user = yaml.safe_load((STUDIES / f"{name}.yaml").read_text(encoding="utf-8")) | {"made": made}
    known = {one: network_options(one) for one in networks()}
    return merged_settings(user, known, {one: method_options(one) for one in methods()})


@cache
def template_shape(spacing, margin):
    return load_template({"image": "mni152", "mask": None, "spacing": spacing, "margin": margin}).mask.data.shape


def shape_of(study, experiment):
    one = study["inputs"][study["experiments"][experiment]["input"]]
    if one["recipe"]:
        return OWN_RECIPES[one["recipe"]][2]
    return template_shape(study["template"]["spacing"], study["template"]["margin"])


def network_of(study, experiment):
    """The untrained network of an experiment, for volumes of the shape that the study gives it."""
    one = study["experiments"][experiment]
    options = dict(one["network"])
    told = {"covariates": len(one["covariates"])} if one["covariates"] else {}
    classes = class_count(study["cohort"]["labels"][one["labels"]])
    torch.manual_seed(1)
    return build(options.pop("name"), shape_of(study, experiment), classes=classes, **told, **options), classes


def training_of(study, experiment):
    return study["training"] | study["experiments"][experiment]["training"]


PUBLISHED = [
    ("hcp_sex", "sex", (58, 70, 58), 322_818),
    ("hcp_sex", "slabs3", (58, 70, 58), 109_346),
    ("hcp_sex", "slabs5", (58, 70, 58), None),
    ("hcp_sex", "residual3", (58, 70, 58), 303_106),
    ("hcp_sex", "residual5", (58, 70, 58), None),
    pytest.param("hcp_sex", "registered", (64, 78, 65), None, marks=pytest.mark.slow),
    pytest.param("hcp_five_arms", "raw", (66, 78, 63), None, marks=pytest.mark.slow),
    pytest.param("hcp_age", "cnn2", (128, 128, 128), 635_052, marks=pytest.mark.slow),
    pytest.param("hcp_age", "cnn4", (128, 128, 128), 635_312, marks=pytest.mark.slow),
    pytest.param("hcp_age", "vae2", (128, 128, 128), 2_376_668, marks=pytest.mark.slow),
    pytest.param("hcp_age", "vae4", (128, 128, 128), 2_377_220, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("study", "experiment", "shape", "parameters"), PUBLISHED)
def test_a_volume_of_the_published_shape_passes_through_the_studys_network(study, experiment, shape, parameters):
    study = settings(study)
    assert shape_of(study, experiment) == shape
    network, classes = network_of(study, experiment)
    network.eval()
    covariates = [torch.ones(1, 1)] if study["experiments"][experiment]["covariates"] else []
    with torch.no_grad():
        logits = network(torch.rand(1, 1, *shape), *covariates)
    assert logits.shape == (1, classes) and torch.isfinite(logits).all()
    if parameters:
        assert sum(weights.numel() for weights in network.parameters()) == parameters


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_twins_volumes_are_large_enough_for_the_twins_networks_and_for_registration(name):
    study = settings(name, made=True)
    for experiment, one in study["experiments"].items():
        network, _ = network_of(study, experiment)
        assert len(list(network.parameters())) > 4
        if not study["inputs"][one["input"]]["recipe"]:
            assert min(shape_of(study, experiment)) >= SMALLEST_AXIS


def test_sex_is_told_in_ten_folds_by_networks_trained_as_published():
    study = settings("hcp_sex")
    assert study["folds"]["k"] == 10 and study["cohort"]["labels"]["hcp_sex"]["classes"] == {"F": 0, "M": 1}
    training = training_of(study, "sex")
    expected = ADAM | {"epochs": 20, "batch": 45, "schedule": "milestones", "milestones": [5, 15], "patience": None}
    assert {key: training[key] for key in expected} == expected
    slabs = training_of(study, "slabs3")
    assert (slabs["epochs"], slabs["learning_rate"], slabs["schedule"]) == (35, 3.0e-3, "none")
    assert [one["method"] for one in study["methods"]] == ["meaningful_perturbation", "grad_cam", "guided_backprop"]
    assert study["insight"]["first_layer"]["run"] and study["baselines"]["voxels"] == ["svc_rbf"]
    assert study["sanity"]["masked_input"]["fill"] == "zero" and study["sanity"]["masked_input"]["methods"] == "first"


def test_the_five_arms_differ_in_what_they_are_shown_and_how_they_are_changed_alone():
    study = settings("hcp_five_arms")
    arms = study["experiments"]
    assert list(arms) == study["baselines"]["side_by_side"] == ["raw", "stripped", "rotated", "scaled", "optimal"]
    shared = [{k: v for k, v in one.items() if k not in ("mask", "augmentation")} for one in arms.values()]
    assert all(one == shared[0] for one in shared) and study["folds"]["k"] == 3
    assert [one["mask"] for one in arms.values()] == ["none", "brain", "brain", "brain", "brain"]
    assert arms["rotated"]["augmentation"]["rotation"] and not arms["rotated"]["augmentation"].get("scaling")
    assert arms["optimal"]["augmentation"] == {"optimal_scaling": True}
    assert study["sanity"]["permutations"] >= 5 and study["sanity"]["shortcuts"]["faces"] == "unknown"


def test_age_is_told_on_a_split_of_ones_own_by_networks_that_are_told_sex():
    study = settings("hcp_age")
    counts = {name: class_count(study["cohort"]["labels"][one["labels"]]) for name, one in study["experiments"].items()}
    assert counts == {"cnn2": 2, "cnn4": 4, "vae2": 2, "vae4": 4}
    for one in study["experiments"].values():
        assert one["covariates"] == {"Gender": {"F": 1, "M": 0}} and one["normalisation"] == "histogram_zscore"
        assert one["training"]["keep"] == "last"
    training = {name: training_of(study, name) for name in study["experiments"]}
    told = {name: (one["optimiser"], one["epochs"], one["batch"], one["sampling"]) for name, one in training.items()}
    assert told == {
        "cnn2": ("sgd", 100, 20, "weighted"),
        "cnn4": ("sgd", 200, 36, "all"),
        "vae2": ("adam", 100, 36, "weighted"),
        "vae4": ("adam", 100, 20, "all"),
    }
    assert set(study["folds"]["given"]) == {"train", "validation", "test"}
    assert study["baselines"]["voxels"] == ["kernel_pca_knn"] and study["baselines"]["kernels"]["beside"] == ["Gender"]
    assert study["insight"]["latents"]["run"] and "tsne" in study["insight"]["embeddings"]["methods"]


def test_a_covariance_is_asked_of_fewer_features_than_half_the_scans_that_it_is_learnt_from():
    # of the 800 to learn from and to choose by, at most the 14 above 36 are not its to see; 935 columns of measures
    asked = [one for one in settings("hcp_age")["baselines"]["tabular"].values() if one["anomaly"]]
    envelopes = [one for one in asked if one["anomaly"]["detector"] == "elliptic_envelope"]
    assert len(envelopes) == 1 and len(asked) == 5
    assert 2 * sum(935 if name == "measures" else 1 for name in envelopes[0]["features"]) < 800 - 14


@pytest.mark.parametrize("name", NAMES)
def test_a_twin_shows_no_published_figure_and_keeps_methods_and_labels(name):
    own, twin = settings(name), settings(name, made=True)
    assert own["published"] and not twin["published"]
    assert twin["study"] == f"{own['study']}Made" and len(twin["experiments"]) == 2
    assert {one["method"] for one in twin["methods"]} == {one["method"] for one in own["methods"]}
    assert {one["labels"] for one in twin["experiments"].values()} == {o["labels"] for o in own["experiments"].values()}


@pytest.mark.parametrize("name", NAMES)
def test_every_published_figure_that_differs_in_protocol_says_why(name):
    for one in settings(name)["published"]:
        assert one["source"] and (one["comparable"] or len(one["because"]) > 20), one["what"]
