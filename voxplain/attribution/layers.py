"""Layers of a network by name: finding one, reading it while it runs, and knowing which one runs."""

from contextlib import contextmanager
from difflib import get_close_matches

import torch
from torch import nn

from voxplain.errors import SettingsError, UnsupportedModel

_CONVOLUTIONS_AND_NORMS = (
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._NormBase,
    nn.GroupNorm,
)


def layer_named(model, name):
    """The layer ``name`` of ``model``, as ``named_modules`` calls it; SettingsError when there is none."""
    known = {key: layer for key, layer in model.named_modules() if key}
    if name not in known:
        near = get_close_matches(str(name), known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"layers: {', '.join(known) or 'none'}"
        raise SettingsError(f'no layer "{name}" in {type(model).__name__}; {hint}')
    return known[name]


class Tap:
    """What came out of a layer in one pass."""

    def __init__(self, name):
        self.name, self.outputs = name, []

    def activation(self):
        """The layer's output; UnsupportedModel when it did not run exactly once or gave no tensor."""
        if len(self.outputs) != 1:
            times = "never runs" if not self.outputs else f"runs {len(self.outputs)} times in a pass"
            raise UnsupportedModel(f'layer "{self.name}" {times}; name one that runs once')
        if not isinstance(self.outputs[0], torch.Tensor):
            raise UnsupportedModel(f'layer "{self.name}" returns a {type(self.outputs[0]).__name__}; name another')
        return self.outputs[0]


@contextmanager
def tapped(model, name, leaf=False):
    """A ``Tap`` of the layer ``name``; with ``leaf`` the graph begins at it, for gradients with respect to it."""
    tap = Tap(name)

    def keep(_, __, output):
        if not isinstance(output, torch.Tensor):
            tap.outputs.append(output)
            return None
        tap.outputs.append(output.detach().clone().requires_grad_() if leaf else output)
        # a copy goes on, so that a layer behind that works in place leaves what was read alone
        return tap.outputs[-1].clone()

    handle = layer_named(model, name).register_forward_hook(keep)
    try:
        yield tap
    finally:
        handle.remove()


@contextmanager
def running_layers(model):
    """A list that always holds the names of the layers inside which ``model`` is running, outermost first."""
    stack, handles = [], []

    def leave(*_):
        stack.pop()

    try:
        for name, layer in model.named_modules():
            # before the user's own hooks, so that one of them that raises leaves the list in step
            handles.append(layer.register_forward_pre_hook(lambda *_, name=name: stack.append(name), prepend=True))
            handles.append(layer.register_forward_hook(leave, always_call=True))
        yield stack
    finally:
        for handle in handles:
            handle.remove()


def last_spatial_layer(model, volumes):
    """Name of the last convolution, norm or activation that still has spatial axes and runs once in a pass."""
    ran, handles = [], []

    def note(name):
        def hook(_, __, output):
            if isinstance(output, torch.Tensor) and output.dim() == volumes.dim() and output[0, 0].numel() > 1:
                ran.append(name)

        return hook

    try:
        for name, layer in model.named_modules():
            if name and (isinstance(layer, _CONVOLUTIONS_AND_NORMS) or _is_activation(layer)):
                handles.append(layer.register_forward_hook(note(name)))
        with torch.no_grad():
            model(volumes[:1].clone())
    finally:
        for handle in handles:
            handle.remove()
    once = [name for name in ran if ran.count(name) == 1]
    if not once:
        raise UnsupportedModel(f"{type(model).__name__} has no convolution with spatial output; name a layer")
    return once[-1]


def _is_activation(layer):
    return any(kind.__module__ == "torch.nn.modules.activation" for kind in type(layer).__mro__)
