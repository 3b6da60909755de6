"""Relevance maps of brain MRI classifiers, from the scanner archive to the group average."""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "attribute": "voxplain.attribution.attribute",
    "explain_file": "voxplain.mine.explain_file",
    "attribute_all": "voxplain.attribution.attribute",
    "methods": "voxplain.attribution.table",
    "postprocess": "voxplain.attribution.postprocessing",
    "build": "voxplain.networks.build",
    "all_weights": "voxplain.insight.weights",
    "kernel_sheet": "voxplain.insight.kernels",
    "filter_table": "voxplain.insight.filters",
    "first_layer_study": "voxplain.insight.first_layer",
    "maximise_activation": "voxplain.insight.activation_maximisation",
    "features": "voxplain.insight.features",
    "split_features": "voxplain.insight.split_features",
    "choose_examples": "voxplain.insight.examples",
    "nearest_training": "voxplain.insight.neighbours",
    "tracin": "voxplain.insight.tracin",
    "influence_functions": "voxplain.insight.influence_functions",
    "embed_features": "voxplain.insight.latents",
    "embed_table": "voxplain.insight.latents",
    "region_means": "voxplain.insight.region_means",
    "split_surrogates": "voxplain.insight.fidelity",
    "fidelity_table": "voxplain.insight.fidelity",
    "dealt_concepts": "voxplain.insight.concept_values",
    "split_concepts": "voxplain.insight.concepts",
    "concept_tests": "voxplain.insight.concept_tests",
    "decode_latents": "voxplain.insight.decode_latents",
    "transfer_table": "voxplain.insight.transfer",
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
