"""What the tests of all methods ask of each: options that make it quick, and the kind of network that it takes."""

from importlib import import_module
from inspect import Parameter, signature

import torch

from voxplain.attribution.attribute import attribute
from voxplain.attribution.table import method_function, method_module, methods


def blocks(batch):
    """Labels from 1 on, in stripes along the first spatial axis of ``batch``, of its spatial shape."""
    stripes = torch.arange(batch.shape[2]) // 2 + 1
    return stripes.view(-1, *(1 for _ in batch.shape[3:])).expand(batch.shape[2:]).clone()


# a function stands for an option that depends on the volumes
QUICK = {
    "occlusion": {"size": 3, "stride": 3},
    "region_occlusion": {"labels": blocks},
    "hierarchical_occlusion": {"levels": 3, "finest": 12, "smallest": 4, "radii": 1},
    "smoothgrad": {"samples": 3},
    "meaningful_perturbation": {"iterations": 4},
    "integrated_gradients": {"steps": 5},
    "guided_integrated_gradients": {"steps": 5},
    "expected_gradients": {"references": ["zero", "blur"], "samples": 4},
}
# options under which a map shows small differences of the network, which a ReLU at its end or an epsilon would hide
TELLING = {
    "grad_cam": {"relu": False},
    "guided_grad_cam": {"layer": "conv1"},
    "layer_cam": {"relu": False},
    "lrp_epsilon": {"epsilon": 1e-14},
    "meaningful_perturbation": {"fill": 5.0, "l1": 0.0, "tv": 0.0},
}
# arguments of the fixture ``net``
NETWORK = {"cam": {"gap": True}}
CELLS = ("grad_cam", "guided_grad_cam", "layer_cam", "hires_cam", "attention_maps")
# methods that read other layers than the last one in a question about an inner unit
BELOW_UNIT = {name: {"layer": "norm1"} for name in CELLS}
# methods whose formula needs a class, so that they refuse a unit
CLASSES_ONLY = {"cam"}
# methods that need the network to end with one linear layer and refuse one where something follows it
LINEAR_END = {"cam"}
# activations beside ReLU that a method has no rule for and refuses
ACTIVATIONS = "leaky_relu", "elu", "gelu", "softplus", "sigmoid"
REFUSED_ACTIVATIONS = {
    "deconvnet": ACTIVATIONS,
    "guided_backprop": ACTIVATIONS,
    "guided_grad_cam": ACTIVATIONS,
    "lrp_epsilon": ("softplus", "sigmoid"),
}

EVERY = tuple(methods())


def explained(network, batch, method, **options):
    """Maps by ``method`` with quick options, over which ``options`` go."""
    quick = {name: value(batch) if callable(value) else value for name, value in QUICK.get(method, {}).items()}
    return attribute(network, batch, method, **{**quick, **options})


def options_of(method):
    """Names of the options that ``method`` takes."""
    found = signature(getattr(import_module(method_module(method)), method_function(method))).parameters
    return [name for name, one in found.items() if one.kind is Parameter.KEYWORD_ONLY]


def kind_for(method):
    """Arguments of the fixture ``net`` that give a network that ``method`` takes."""
    return NETWORK.get(method, {})
