"""Relevance maps of brain MRI classifiers, from the scanner archive to the group average."""

from importlib import import_module

__version__ = "0.1.0.dev0"

_HOMES = {
    "attribute": "voxplain.attribution.attribute",
    "explain_file": "voxplain.mine.explain_file",
    "attribute_all": "voxplain.attribution.attribute",
    "methods": "voxplain.attribution.table",
    "postprocess": "voxplain.attribution.postprocessing",
    "build": "voxplain.networks.build",
    "maximise_activation": "voxplain.insight.activation_maximisation",
    "tracin": "voxplain.insight.tracin",
    "influence_functions": "voxplain.insight.influence_functions",
    "figure_of": "voxplain.report.papers.own_map",
    "VoxplainError": "voxplain.errors",
    "InputError": "voxplain.errors",
    "SettingsError": "voxplain.errors",
    "UnsupportedModel": "voxplain.errors",
}
__all__ = ["__version__", "networks", *_HOMES]


def __getattr__(name):
    if name == "networks":  # a package that is also a function: calling it gives the names of the networks
        return import_module("voxplain.networks")
    if name not in _HOMES:
        raise AttributeError(f"module 'voxplain' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__():
    return sorted(__all__)
