"""The section ``methods``: presets, bare names, and options that are checked while a study is planned."""

import ast
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path

import pytest
import torch
from jsonschema import Draft202012Validator

import voxplain
from voxplain.attribution.table import method_function, method_module, method_options, methods
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.networks.table import network_options, networks
from voxplain.settings.known import known_methods, known_options
from voxplain.settings.merging import merged_settings
from voxplain.settings.method_options import option_schema

OPTIONS = {name: method_options(name) for name in methods()}
ATLAS = [{"name": "aal", "image": "aal.nii.gz", "labels": None}]
LOBES = {"name": "lobes", "image": "lobes.nii.gz", "labels": None}
NETWORK_SHAPES = {"korolev_cnn": (124,) * 3, "vox_cnn": (110,) * 3, "vox_resnet": (110,) * 3}


def merged(**user):
    return merged_settings(user, {name: network_options(name) for name in networks()}, OPTIONS)


def names(**user):
    return [one["name"] for one in merged(**user)["methods"]]


def of_network(network):
    return {"experiments": {"one": {"input": "affine", "network": {"name": network}}}}


def test_the_preset_all_holds_every_method_that_there_is():
    assert known_methods()["presets"]["all"] == methods()
    assert set(known_methods()["presets"]["fast"]) < set(methods())


def test_a_preset_leaves_out_what_the_network_refuses_and_regions_without_an_atlas():
    assert set(methods()) - set(names(methods="all")) == {"cam", "region_occlusion"}
    with_mean = names(methods="all", **of_network("vox_resnet_cam"))
    assert set(methods()) - set(with_mean) == {"region_occlusion"}


def test_a_preset_covers_the_regions_of_each_atlas_unless_scans_are_not_registered():
    template = {"atlases": [*ATLAS, LOBES]}
    found = {one["name"]: one for one in merged(methods="all", template=template)["methods"]}
    assert found["region_occlusion_aal"]["options"] == {"labels": "aal"}
    assert found["region_occlusion_lobes"]["options"] == {"labels": "lobes"}
    alone = {"inputs": {"affine": {"recipe": "mrinet_58"}}}
    assert not [one for one in names(methods="all", template=template, **alone) if one.startswith("region")]


def test_presets_names_and_entries_stand_side_by_side_and_what_is_written_out_comes_first():
    cam = {"name": "grad_cam", "method": "grad_cam", "options": {"layer": "features.conv1"}}
    twice = [{"name": f"occlusion{size}", "method": "occlusion", "options": {"size": size}} for size in (4, 6)]
    found = merged(methods=["fast", "gradient", "smoothgrad", cam, *twice])["methods"]
    called = [one["name"] for one in found]
    assert called.count("gradient") == 1 and called.count("grad_cam") == 1
    assert called[-4:] == ["smoothgrad", "grad_cam", "occlusion4", "occlusion6"]
    assert found[-3]["options"] == {"layer": "features.conv1"} and found[-3]["target"] == "predicted"
    assert found[0] == {"name": "gradient", "method": "gradient", "target": 1, "score": None, "options": {}}


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("fats", 'setting "methods" has "fats", which is neither a preset nor a method; did you mean "fast"?'),
        ({"method": "occlusion", "options": {"sise": 3}}, '.sise": occlusion has no such option; did you mean "size"?'),
        ({"method": "grad_times_input", "options": {"form": "abs"}}, '.form": grad_times_input has no options'),
        ({"method": "occlusion", "options": {"fill": "blurr"}}, ".fill\" is 'blurr'; give zero, mean, blur"),
        ({"method": "occlusion", "options": {"size": 4, "stride": 6}}, '.stride" is 6, more than the size'),
        ({"method": "occlusion", "options": {"fill": {"training": 0}}}, ".fill\" is {'training': 0}; give zero"),
        ({"method": "integrated_gradients", "options": {"steps": "many"}}, ".steps\" is 'many', but should be a whole"),
        ({"method": "gradient", "options": {"form": "big"}}, "but should be one of signed, abs, square"),
        ({"method": "expected_gradients"}, '.references" is missing; give {training: 20}'),
        ({"method": "region_occlusion"}, '.labels" is missing; give the name of one of template.atlases'),
        ({"method": "region_occlusion", "options": {"labels": "all"}}, 'names atlas "all", which is none of'),
        ({"method": "region_occlusion", "options": {"labels": "aaal"}}, 'did you mean "aal"?'),
        (
            {"method": "expected_gradients", "options": {"references": [{"training": 9, "of": "class2"}]}},
            "takes training scans of class2, but label sex has classes 0 to 1",
        ),
        ({"method": "smoothgrad", "options": {"of": "grad_cam"}}, ".of\" is 'grad_cam', but should be one of gradient"),
        (
            {"method": "smoothgrad", "options": {"of": "integrated_gradients", "options": {"step": 3}}},
            '.options.options.step": integrated_gradients has no such option; did you mean "steps"?',
        ),
        ({"method": "cam"}, "does not hold for mrinet, the network of experiment head"),
        ({"method": "deeplift", "score": "probability"}, "is probability, which deeplift cannot share out"),
        ({"method": "meaningful_perturbation", "options": {"preset": "kan"}}, "one of smooth, kan2020"),
    ],
)
def test_a_wrong_method_is_told_in_one_line_before_any_work(asked, line):
    asked = asked if isinstance(asked, str) else {"name": "mine"} | asked
    with pytest.raises(SettingsError) as stopped:
        merged(methods=[asked], template={"atlases": ATLAS})
    assert line in str(stopped.value) and "\n" not in str(stopped.value)


def test_an_atlas_does_not_lie_on_scans_that_are_not_registered():
    asked = [{"name": "mine", "method": "region_occlusion", "options": {"labels": "aal"}}]
    with pytest.raises(SettingsError, match="input affine is not registered to the template"):
        merged(methods=asked, template={"atlases": ATLAS}, inputs={"affine": {"recipe": "mrinet_58"}})


def test_log_odds_of_three_classes_cannot_be_shared_out():
    cohort = {"labels": {"dx": {"column": "Group", "classes": {"CN": 0, "MCI": 1, "AD": 2}}}}
    with pytest.raises(SettingsError, match="shares out among two logits alone; use logit"):
        merged(methods=[{"name": "mine", "method": "deeplift", "score": "log_odds"}], cohort=cohort)
    assert merged(methods=[{"name": "mine", "method": "deeplift"}], cohort=cohort)


@pytest.mark.parametrize("method", methods())
def test_the_options_known_while_planning_are_those_of_the_method_and_their_defaults_are_allowed(method):
    function = getattr(import_module(method_module(method)), method_function(method))
    taken = {name: one for name, one in signature(function).parameters.items() if one.kind is Parameter.KEYWORD_ONLY}
    assert OPTIONS[method] == list(taken)
    schema = known_options()
    for name, one in taken.items():
        wanted = option_schema(schema, method, name)
        assert wanted is not None, f"config/options.schema.yaml says nothing of {name} of {method}"
        if one.default is not Parameter.empty and name != "references":
            value = list(one.default) if isinstance(one.default, tuple) else one.default
            assert not list(Draft202012Validator(wanted | {"$defs": schema["$defs"]}).iter_errors(value)), name
    stale = set(schema["methods"].get(method, {})) - set(taken)
    assert not stale


def test_every_option_of_the_common_ones_belongs_to_some_method():
    assert set(known_options()["common"]) <= {option for one in OPTIONS.values() for option in one}


def test_the_gradient_methods_that_smoothgrad_takes_are_those_of_its_file():
    from voxplain.attribution import smoothgrad

    tree = ast.parse(Path(smoothgrad.__file__).read_text())
    imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(option_schema(known_options(), "smoothgrad", "of")["enum"]) == imported & set(methods())


@pytest.mark.slow
@pytest.mark.parametrize("network", networks())
def test_a_network_refuses_the_methods_that_it_is_said_to_refuse_and_no_others(network):
    shape = NETWORK_SHAPES.get(network, (96, 96, 96))
    model = voxplain.build(network, shape, classes=2)
    volumes = torch.rand(1, 1, *shape, generator=torch.Generator().manual_seed(0))
    refused = known_methods()["refused"]
    for method in refused:
        if network in refused[method]:
            with pytest.raises(UnsupportedModel):
                voxplain.attribute(model, volumes, method)
        else:
            assert voxplain.attribute(model, volumes, method).shape == volumes.shape
