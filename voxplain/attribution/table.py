"""Names of the attribution methods and where each is written; importing this imports none of them."""

import ast
from difflib import get_close_matches
from pathlib import Path

from voxplain.errors import SettingsError

_METHODS = {
    "gradient": "voxplain.attribution.gradient:gradient",
    "grad_times_input": "voxplain.attribution.grad_times_input:grad_times_input",
    "smoothgrad": "voxplain.attribution.smoothgrad:smoothgrad",
    "integrated_gradients": "voxplain.attribution.integrated_gradients:integrated_gradients",
    "interior_gradients": "voxplain.attribution.interior_gradients:interior_gradients",
    "guided_integrated_gradients": "voxplain.attribution.guided_integrated_gradients:guided_integrated_gradients",
    "expected_gradients": "voxplain.attribution.expected_gradients:expected_gradients",
    "deeplift": "voxplain.attribution.deeplift:deeplift",
    "lrp_epsilon": "voxplain.attribution.lrp_epsilon:lrp_epsilon",
    "deconvnet": "voxplain.attribution.deconvnet:deconvnet",
    "guided_backprop": "voxplain.attribution.guided_backprop:guided_backprop",
    "grad_cam": "voxplain.attribution.grad_cam:grad_cam",
    "guided_grad_cam": "voxplain.attribution.guided_grad_cam:guided_grad_cam",
    "layer_cam": "voxplain.attribution.layer_cam:layer_cam",
    "hires_cam": "voxplain.attribution.hires_cam:hires_cam",
    "cam": "voxplain.attribution.cam:cam",
    "attention_maps": "voxplain.attribution.attention_maps:attention_maps",
    "occlusion": "voxplain.attribution.occlusion:occlusion",
    "region_occlusion": "voxplain.attribution.region_occlusion:region_occlusion",
    "hierarchical_occlusion": "voxplain.attribution.hierarchical_occlusion:hierarchical_occlusion",
    "meaningful_perturbation": "voxplain.attribution.meaningful_perturbation:meaningful_perturbation",
}


def methods():
    """Names of all methods that ``attribute`` knows."""
    return list(_METHODS)


def method_module(name):
    """Dotted name of the module that holds the method ``name``."""
    return _place(name).partition(":")[0]


def method_function(name):
    """Name, inside its module, of the function that is the method ``name``."""
    return _place(name).partition(":")[2]


def method_options(name):
    """Names of the options of the method ``name``, read from its file without importing it."""
    file = Path(__file__).with_name(f"{method_module(name).rpartition('.')[2]}.py")
    wanted = method_function(name)
    tree = ast.parse(file.read_text())
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == wanted)
    return [argument.arg for argument in function.args.kwonlyargs]


def _place(name):
    if name not in _METHODS:
        near = get_close_matches(str(name), _METHODS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"known methods: {', '.join(_METHODS)}"
        raise SettingsError(f'unknown method "{name}"; {hint}')
    return _METHODS[name]
