"""Which operations of a traced network are local, by the name of the module, function or method that is called."""

import copy
import operator
from inspect import signature

import torch
import torch.nn.functional as F
from torch import fx, nn

from voxplain.attribution.operations import Operation, average_pool, batch_norm, convolution, max_pool, padding

_MONOTONE = {
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "softplus",
    "hardtanh",
    "tanh",
    "sigmoid",
    "identity",
}
_CELLWISE = _MONOTONE | {
    *("gelu", "silu", "mish", "hardswish", "hardsigmoid", "softsign", "prelu", "exp", "abs", "square", "neg", "sqrt"),
    *("clamp", "clamp_min", "clamp_max", "pow"),
}
_JOINING = {
    **{"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv},
    **{"maximum": torch.maximum, "minimum": torch.minimum},
}
_DROPOUT = {"dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", "dropout2d", "dropout3d"}
_SIZES = {"size", "dim", "ndimension", "sym_size"}
_OPERATORS = {"iadd": "add", "isub": "sub", "imul": "mul", "itruediv": "div", "truediv": "div"}
_MODULES = {
    **{nn.ReLU: "relu", nn.ReLU6: "relu6", nn.LeakyReLU: "leaky_relu", nn.ELU: "elu", nn.SELU: "selu", nn.CELU: "celu"},
    **{nn.Softplus: "softplus", nn.Hardtanh: "hardtanh", nn.Tanh: "tanh", nn.Sigmoid: "sigmoid", nn.GELU: "gelu"},
    **{nn.SiLU: "silu", nn.Mish: "mish", nn.Hardswish: "hardswish", nn.Softsign: "softsign", nn.PReLU: "prelu"},
    **dict.fromkeys((nn.Dropout, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.Identity), "identity"),
}
_IDENTITIES = {F.max_pool2d: "max_pool2d", F.max_pool3d: "max_pool3d", torch.batch_norm: "torch.batch_norm"}


def rule_of(graph, node, inputs, constants, axes):
    """The local `Operation` that ``node`` is, else None, and whether it works in place.

    ``inputs`` are the values it depends on, ``constants`` those nodes that depend on no volume.
    """
    if node.op == "call_module":
        layer = graph.get_submodule(node.target)
        alone = node.args == tuple(node.all_input_nodes) and not node.kwargs and len(inputs) == 1
        in_place = bool(getattr(layer, "inplace", False))
        return (_of_layer(layer, inputs, axes) if alone else None), in_place
    if node.op not in ("call_function", "call_method"):
        return None, False
    name, in_place = _name(node)
    args, kwargs = fx.map_arg((node.args, node.kwargs), lambda one: constants.get(one, one))
    kwargs = dict(kwargs)
    in_place = in_place or bool(kwargs.pop("inplace", False))
    try:
        bound = signature(node.target).bind(*args) if callable(node.target) else None
        if bound is not None and "inplace" in bound.arguments:
            in_place = in_place or bool(bound.arguments["inplace"])
            args = tuple(value for key, value in bound.arguments.items() if key != "inplace")
    # what is written in C has no signature and nothing of the kind
    except (TypeError, ValueError):
        pass
    return _of_call(name, args, kwargs, inputs, node, axes), in_place


def _name(node):
    if node.target in _IDENTITIES:
        return _IDENTITIES[node.target], False
    if isinstance(node.target, torch._ops.OpOverload):
        name = node.target._schema.name.split("::")[1]
        return ("torch.batch_norm" if name == "batch_norm" else name.rstrip("_")), name.endswith("_")
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    plain = _OPERATORS.get(name, name).rstrip("_")
    return plain, name.endswith("_") and not name.endswith("__") or name in ("iadd", "isub", "imul", "itruediv")


def _of_layer(layer, inputs, axes):
    kind = type(layer)
    if kind in (nn.Conv2d, nn.Conv3d):
        if layer.padding_mode != "zeros":
            return None
        options = layer.stride, layer.padding, layer.dilation, layer.groups
        return convolution(inputs, layer.weight, layer.bias, *options)
    if kind in (nn.BatchNorm2d, nn.BatchNorm3d):
        return batch_norm(inputs, axes, layer.running_mean, layer.running_var, layer.weight, layer.bias, layer.eps)
    if kind in (nn.MaxPool2d, nn.MaxPool3d) and not layer.return_indices:
        options = layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode
        return max_pool(inputs, axes, *options)
    if kind in (nn.AvgPool2d, nn.AvgPool3d):
        options = layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode
        return average_pool(inputs, axes, *options, layer.count_include_pad, layer.divisor_override)
    if kind in (nn.ConstantPad2d, nn.ConstantPad3d, nn.ZeroPad2d, nn.ZeroPad3d):
        return padding(inputs, axes, layer.padding, layer.value)
    if kind in (nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d) and _all_one(layer.output_size):
        return Operation(inputs, None, "mean")
    if kind not in _MODULES:
        return None
    if getattr(layer, "training", False) and "Dropout" in kind.__name__:
        return None
    name, layer = _MODULES[kind], copy.copy(layer)
    if hasattr(layer, "inplace"):
        layer.inplace = False
    run = (lambda values: values) if name == "identity" else layer.forward
    return Operation(inputs, run, "cells", monotone=name in _MONOTONE)


def _of_call(name, args, kwargs, inputs, node, axes):
    first, *rest = args
    if name in _JOINING:
        return _joined(_JOINING[name], args, inputs, axes) if len(args) == 2 and not kwargs else None
    if name in ("cat", "concat"):
        dim = rest[0] if rest else kwargs.get("dim", 0)
        parts = tuple(first)
        whole = all(isinstance(one, fx.Node) for one in parts) and dim == 1
        return _joined(lambda *values: torch.cat(values, 1), parts, inputs, axes) if whole else None
    if first is not (node.args[0] if node.args else None) or len(inputs) != 1:
        return None
    if name in _SIZES or name == "getattr" and rest[0] in ("shape", "ndim", "device", "dtype"):
        return Operation(inputs, _asks(node), "shape")
    if name in ("conv2d", "conv3d"):
        given = dict(zip(("weight", "bias", "stride", "padding", "dilation", "groups"), rest, strict=False)) | kwargs
        return convolution(inputs, given.pop("weight"), given.pop("bias", None), **given)
    if name == "batch_norm":
        return _norm(inputs, axes, ("mean", "variance", "weight", "bias", "training", "momentum", "eps"), rest, kwargs)
    if name == "torch.batch_norm":
        return _norm(inputs, axes, ("weight", "bias", "mean", "variance", "training", "momentum", "eps"), rest, kwargs)
    if name in ("max_pool2d", "max_pool3d"):
        names = ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")
        given = dict(zip(names, rest, strict=False)) | kwargs
        if given.get("return_indices"):
            return None
        options = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False} | given
        return max_pool(inputs, axes, options["kernel_size"], *(options[one] for one in names[1:5]))
    if name in ("avg_pool2d", "avg_pool3d"):
        names = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
        defaults = (None, None, 0, False, True, None)
        given = dict(zip(names, defaults, strict=True)) | dict(zip(names, rest, strict=False)) | kwargs
        return average_pool(inputs, axes, *(given[one] for one in names))
    if name in ("pad", "constant_pad_nd"):
        given = dict(zip(("pad", "mode", "value") if name == "pad" else ("pad", "value"), rest, strict=False)) | kwargs
        constant = given.get("mode", "constant") == "constant"
        return padding(inputs, axes, given["pad"], given.get("value")) if constant else None
    if name == "adaptive_avg_pool2d" or name == "adaptive_avg_pool3d":
        return Operation(inputs, None, "mean") if _all_one(rest[0] if rest else kwargs["output_size"]) else None
    if name == "mean":
        dims = rest[0] if rest else kwargs.get("dim")
        dims = sorted(one % (axes + 2) for one in dims) if isinstance(dims, list | tuple) else None
        return Operation(inputs, None, "mean") if dims == list(range(2, axes + 2)) and "dtype" not in kwargs else None
    if name in _DROPOUT:
        training = rest[1] if len(rest) > 1 else kwargs.get("training", kwargs.get("train", True))
        return None if training else Operation(inputs, lambda values: values, "cells", monotone=True)
    if name in ("contiguous", "clone"):
        return Operation(inputs, lambda values: values, "cells", monotone=True)
    return _cellwise(name, rest, kwargs, inputs) if name in _CELLWISE else None


def _cellwise(name, rest, kwargs, inputs):
    tensors = [one for one in (*rest, *kwargs.values()) if isinstance(one, torch.Tensor)]
    if any(isinstance(one, fx.Node) for one in (*rest, *kwargs.values())) or tensors and name != "prelu":
        return None
    function = getattr(F, name, None) or getattr(torch, name, None) or getattr(torch.Tensor, name)
    return Operation(inputs, lambda values: function(values, *rest, **kwargs), "cells", monotone=name in _MONOTONE)


def _joined(function, parts, inputs, axes):
    """``function`` of ``parts``, some of them values and the others constants that are the same in all cells."""
    for one in parts:
        if isinstance(one, torch.Tensor) and any(length != 1 for length in one.shape[-axes:]):
            return None
    values = list(dict.fromkeys(one for one in parts if isinstance(one, fx.Node)))

    def run(*given):
        return function(*(given[values.index(one)] if isinstance(one, fx.Node) else one for one in parts))

    return Operation(inputs, run, "cells")


def _norm(inputs, axes, names, rest, kwargs):
    keys = {"running_mean": "mean", "running_var": "variance"}
    given = dict(zip(names, rest, strict=False)) | {keys.get(key, key): value for key, value in kwargs.items()}
    if given.get("training") or given.get("mean") is None:
        return None
    return batch_norm(
        *(inputs, axes, given["mean"], given["variance"]),
        given.get("weight"),
        given.get("bias"),
        given.get("eps", 1e-5),
    )


def _asks(node):
    rest, kwargs = node.args[1:], node.kwargs
    if node.op == "call_method":
        return lambda values: getattr(values, node.target)(*rest, **kwargs)
    return lambda values: node.target(values, *rest, **kwargs)


def _all_one(size):
    return all(one == 1 for one in (size if isinstance(size, tuple | list) else (size,)))
