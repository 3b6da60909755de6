"""The two published studies of ADNI: what their files resolve to, their networks at the published shape, their maps."""

from functools import cache
from pathlib import Path

import pytest
import torch
import yaml

from voxplain.attribution.attribute import attribute
from voxplain.attribution.table import method_options, methods
from voxplain.networks.build import build
from voxplain.networks.table import network_options, networks
from voxplain.settings.classes import class_count
from voxplain.settings.merging import merged_settings
from voxplain.volumes.space import ICBM_193
from voxplain.volumes.template import load_template

STUDIES = Path(__file__).parents[2] / "config" / "studies"
NAMES = ("adni_voxcnn", "adni_rieke")
PAIRS = {"ad_normal", "ad_emci", "ad_lmci", "emci_normal", "lmci_normal", "lmci_emci"}


@cache
def settings(name, made=False):
    """All settings of a study, or of its made twin."""
    user = yaml.safe_load((STUDIES / f"{name}.yaml").read_text(encoding="utf-8")) | {"made": made}
    known = {one: network_options(one) for one in networks()}
    return merged_settings(user, known, {one: method_options(one) for one in methods()})


def shape_of(study, experiment):
    recipe = study["inputs"][study["experiments"][experiment]["input"]]["recipe"]
    if recipe:
        return {"icbm_193": ICBM_193, "voxcnn_110": (110, 110, 110)}[recipe]
    return tuple(study["template"]["shape"])


def network_of(study, experiment):
    """The untrained network of an experiment, for volumes of the shape that the study gives it."""
    one = study["experiments"][experiment]
    options = dict(one["network"])
    torch.manual_seed(1)
    classes = class_count(study["cohort"]["labels"][one["labels"]])
    return build(options.pop("name"), shape_of(study, experiment), classes=classes, **options).eval()


def training_of(study, experiment):
    return study["training"] | study["experiments"][experiment]["training"]


@pytest.mark.parametrize(
    ("study", "experiment", "shape", "parameters"),
    [
        ("adni_voxcnn", "adnormal", (110, 110, 110), 375_210),
        pytest.param("adni_voxcnn", "adnormalres", (110, 110, 110), 3_205_026, marks=pytest.mark.slow),
        pytest.param("adni_voxcnn", "adnormalcam", (110, 110, 110), 527_458, marks=pytest.mark.slow),
        pytest.param("adni_rieke", "cnn", (193, 229, 193), 737_026, marks=pytest.mark.slow),
        pytest.param("adni_rieke", "korolev", (193, 229, 193), 846_233, marks=pytest.mark.slow),
    ],
)
def test_a_volume_of_the_published_shape_passes_through_the_studys_network(study, experiment, shape, parameters):
    study = settings(study)
    assert shape_of(study, experiment) == shape
    network = network_of(study, experiment)
    with torch.no_grad():
        logits = network(torch.rand(1, 1, *shape))
    assert logits.shape == (1, 2) and torch.isfinite(logits).all()
    assert sum(weights.numel() for weights in network.parameters()) == parameters


@pytest.mark.parametrize("name", NAMES)
def test_the_twins_volumes_are_large_enough_for_the_twins_networks(name):
    study = settings(name, made=True)
    assert study["study"].endswith("Made") and study["published"] == []
    for experiment in study["experiments"]:
        assert not study["inputs"][study["experiments"][experiment]["input"]]["recipe"]
        network_of(study, experiment)


def test_six_pairs_are_told_by_both_networks_in_five_times_five_folds():
    study = settings("adni_voxcnn")
    told = {"vox_cnn": set(), "vox_resnet": set(), "vox_resnet_cam": set()}
    for name, one in study["experiments"].items():
        if one["input"] == "registered":
            told[one["network"]["name"]].add(one["labels"].removeprefix("adni_"))
        preset = {"vox_cnn": (150, 5, 2.7e-5, "adam"), "vox_resnet": (70, 3, 1e-3, "nesterov")}
        training = training_of(study, name)
        found = training["epochs"], training["batch"], training["learning_rate"], training["optimiser"]
        assert found == preset[one["network"]["name"].removesuffix("_cam")]
        assert training["sampling"] == "undersample"
    assert told == {"vox_cnn": PAIRS, "vox_resnet": PAIRS, "vox_resnet_cam": {"ad_normal"}}
    assert (study["folds"]["k"], study["folds"]["repeats"]) == (5, 5)
    assert len({(one["experiment"], one["measure"]) for one in study["published"]}) == len(study["published"]) == 24
    assert all(one["recalled"] and not one["comparable"] and one["because"] for one in study["published"])


def test_the_template_of_the_cube_holds_the_brain_where_the_network_sees():
    study = settings("adni_voxcnn")
    template = load_template(study["template"])
    assert template.mask.data.shape == (110, 110, 110)
    assert abs(template.mask.data.sum() * template.mask.voxel_ml - 1886) < 40
    there = template.mask.data.nonzero()
    assert all(axis.min() >= 5 and axis.max() < 110 - 8 for axis in there)


def test_scans_of_two_field_strengths_go_through_one_path_and_one_rule():
    study = settings("adni_rieke")
    assert list(study["cohort"]["test_cohorts"]) == ["3t"]
    assert study["inputs"]["warped"]["transform"] == "syn_quick" and study["inputs"]["warped"]["strip"] == "template"
    for one in study["experiments"].values():
        assert (one["normalisation"], one["normalisation_scans"]) == ("voxel_zscore", 200)
    training = training_of(study, "cnn")
    assert (training["epochs"], training["batch"], training["learning_rate"]) == (20, 5, 1e-4)
    four = {one["name"]: one for one in study["methods"]}
    assert list(four) == ["sensitivity", "guided_backprop", "occlusion", "area_occlusion"]
    assert all(one["score"] == "probability" and one["target"] == "predicted" for one in four.values())
    assert (four["occlusion"]["options"]["size"], four["occlusion"]["options"]["stride"]) == (40, 12)
    assert study["folds"]["labels"] == {"heldout": {"scheme": "hold_out", "hold_out": 30}}
    assert study["relevance"]["merge_sides"] and "euclidean" in study["relevance"]["agreement"]


def test_the_entry_called_cam_is_the_class_activation_map_over_its_cells():
    entry = next(one for one in settings("adni_voxcnn")["methods"] if one["name"] == "cam")
    torch.manual_seed(0)
    network = build("vox_resnet_cam", (24, 26, 22), classes=2, width=4).eval()
    volumes = torch.rand(2, 1, 24, 26, 22)
    asked = {"target": entry["target"], "score": entry["score"]}
    found = attribute(network, volumes, entry["method"], **asked, **entry["options"])
    plain = attribute(network, volumes, "cam", **asked)
    with torch.no_grad():
        cells = network.features(volumes).shape[2:].numel()
    torch.testing.assert_close(found * cells, plain, rtol=1e-4, atol=1e-5)
