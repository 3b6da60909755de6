"""Another rule for the way back through ReLU, wherever a network has one.

Hooks on ``nn.ReLU`` modules miss the calls of ``F.relu`` and then give the plain gradient without a word. Here every
call is caught as it happens, and every operation that runs is watched: an activation that the rule does not cover is
refused with the name of its layer.
"""

import logging
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from voxplain.attribution.layers import running_layers
from voxplain.attribution.notes import note
from voxplain.errors import UnsupportedModel

log = logging.getLogger(__name__)
_RELU = {F.relu, torch.relu, torch.Tensor.relu}
_RELU_IN_PLACE = {torch.relu_, torch.Tensor.relu_}
# names of operations as the dispatcher sees them, without the underscore of the ones that work in place
_ACTIVATIONS = {
    *("relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "prelu", "_prelu_kernel", "glu"),
    *("rrelu", "rrelu_with_noise", "rrelu_with_noise_functional", "hardtanh", "hardswish", "hardsigmoid", "hardshrink"),
    *("softshrink", "softplus", "log_sigmoid_forward", "sigmoid", "tanh", "threshold", "abs"),
    # a ReLU can hide in each of these
    *("clamp", "clamp_min", "clamp_max", "maximum", "minimum", "where"),
}


class _Relu(torch.autograd.Function):
    """ReLU with ``rule(gradient, off)`` as its way back."""

    @staticmethod
    def forward(ctx, values, in_place, rule):
        output = values.relu_() if in_place else values.relu()
        if in_place:
            ctx.mark_dirty(values)
        ctx.save_for_backward(output)
        ctx.rule = rule
        return output

    @staticmethod
    def backward(ctx, gradient):
        return ctx.rule(gradient, ctx.saved_tensors[0] <= 0), None, None


class _Rerouted(TorchFunctionMode):
    """Calls of ReLU take ``rule`` on their way back."""

    def __init__(self, rule, watch):
        super().__init__()
        self.rule, self.watch, self.calls = rule, watch, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function not in _RELU | _RELU_IN_PLACE:
            return function(*args, **kwargs)
        values = args[0] if args else kwargs["input"]
        self.calls += 1
        flag = args[1] if len(args) > 1 else kwargs.get("inplace", False)
        with self.watch.allowed():
            return _Relu.apply(values, function in _RELU_IN_PLACE or flag, self.rule)


class _Watch(TorchDispatchMode):
    """Refuses the activations that nothing rerouted."""

    def __init__(self, layers, method):
        super().__init__()
        self.layers, self.method, self.allow = layers, method, False

    @contextmanager
    def allowed(self):
        self.allow = True
        try:
            yield
        finally:
            self.allow = False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function._schema.name.removeprefix("aten::").rstrip("_")
        # nothing runs in no layer but the score itself and, later, the way back
        if name in _ACTIVATIONS and self.layers and not self.allow:
            raise UnsupportedModel(
                f'layer "{self.layers[-1] or "the network itself"}" runs {name}, and {self.method} is defined for '
                'ReLU alone; use "gradient", or a network with ReLU'
            )
        return function(*args, **(kwargs or {}))


@contextmanager
def own_relu_rule(model, rule, method):
    """Inside, g_in = ``rule(g_out, output <= 0)`` at every ReLU; ``method`` is named when that cannot be."""
    refuse_torchscript(model, method)
    with running_layers(model) as layers:
        watch = _Watch(layers, method)
        with watch, _Rerouted(rule, watch) as rerouted:
            yield
    note_relu_calls(rerouted.calls, method)


def note_relu_calls(calls, method):
    """Note ``relu_calls``, how often a network calls ReLU; the log warns when that is never."""
    note("relu_calls", calls)
    if not calls:
        log.warning("%s: the network calls no ReLU, so the map is the plain gradient", method)


def refuse_torchscript(model, method):
    """Raise UnsupportedModel naming the part of ``model`` that is TorchScript, inside which nothing can be caught."""
    for name, layer in model.named_modules():
        if isinstance(layer, torch.jit.ScriptModule):
            raise UnsupportedModel(
                f'layer "{name or "the network itself"}" is TorchScript, which {method} cannot follow; '
                "give the network it was made from"
            )
