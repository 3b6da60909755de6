from inspect import Parameter, signature

import pytest

from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.table import network_function, network_module, network_options, networks
from voxplain.settings.merging import merged_settings
from voxplain.settings.network_options import agree_on_options

OPTIONS = {"mrinet": ["width", "rounding"], "s500_cnn": ["width", "covariates"]}


def one(**network):
    return {"head": {"network": network}}


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (
            one(name="mrinet", widht=8),
            'experiments.head.network.widht": mrinet has no such option; did you mean "width"',
        ),
        (one(name="s500_cnn", rounding="ceil"), "s500_cnn has no such option"),
        (
            {"head": {"network": {"name": "mrinet"}, "covariates": {"Age": "number"}}},
            "mrinet takes none; networks that do: s500_cnn",
        ),
    ],
)
def test_what_a_network_has_not_is_refused_in_one_line(experiment, words):
    with pytest.raises(SettingsError) as refusal:
        agree_on_options(experiment, OPTIONS)
    assert words in str(refusal.value) and "\n" not in str(refusal.value)


def test_what_it_has_and_networks_that_are_not_known_here_pass():
    agree_on_options(one(name="mrinet", width=8, rounding="ceil"), OPTIONS)
    agree_on_options({"head": {"network": {"name": "s500_cnn"}, "covariates": {"Age": "number"}}}, OPTIONS)
    agree_on_options(one(name="another", anything=1), OPTIONS)


def test_a_study_is_refused_before_anything_runs():
    user = {"experiments": {"head": {"input": "affine", "network": {"name": "mrinet", "depth": 8}}}}
    methods = ["gradient", "guided_backprop", "grad_cam", "occlusion"]
    known = {name: network_options(name) for name in networks()}
    with pytest.raises(SettingsError, match="mrinet has no such option"):
        merged_settings(user, known, methods)
    del user["experiments"]["head"]["network"]["depth"]
    assert merged_settings(user, known, methods)["experiments"]["head"]["network"] == {"name": "mrinet"}


@pytest.mark.parametrize("name", networks())
def test_options_that_are_read_are_those_that_the_function_takes(name):
    module = __import__(network_module(name), fromlist=["_"])
    taken = signature(getattr(module, network_function(name))).parameters.values()
    own = {one.name for one in taken if one.kind is Parameter.KEYWORD_ONLY}
    of_all = {one.name for one in signature(build).parameters.values() if one.kind is Parameter.KEYWORD_ONLY}
    assert set(network_options(name)) == own | of_all - {"brain"}
