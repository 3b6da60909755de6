"""What each filter of a network hands on, followed from its layer through norm, activation and pooling as it runs."""

from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten
from torch.utils.weak import WeakTensorKeyDictionary

from voxplain.attribution.call_kinds import KIND_OF, name_of
from voxplain.attribution.layers import running_layers
from voxplain.attribution.rectifiers import refuse_torchscript

WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)
_ONE_CHANNEL_EACH = {"norm", "activation", "curve", "max"}
_NORMS = {"instance_norm", "group_norm"}
_RECTIFYING = {"activation", "curve"}


class Enough(Exception):
    """Raised out of a pass by who looks on: all is known, and what comes behind need not run."""


class Filters(NamedTuple):
    """Values of which channel k, along ``axis``, is of the k-th filter of the layer ``owner`` and of nothing else."""

    owner: str
    axis: int
    activated: bool


class Step(NamedTuple):
    """``values`` as the call ``name`` of a ``kind``, inside ``layer``, made them; the first is the layer's own."""

    filters: Filters
    kind: str
    name: str
    layer: str
    values: torch.Tensor


@contextmanager
def followed_filters(network, passed, *, entering=None, escaped=None):
    """Inside, each pass of ``network`` calls ``passed(Step)`` for every step that keeps filters apart.

    ``entering(layer, owner)`` is called before a layer with weights runs, ``owner`` being the layer whose filters it
    is given, or None; ``escaped(owner)`` where values that no activation has met go another way, such as a shortcut.
    Modules, functions and operators alike are seen; where channels mix, as in a sum of two layers, nothing follows.
    Raises UnsupportedModel for TorchScript, into which nobody sees.
    """
    refuse_torchscript(network, "a study of filters")
    with running_layers(network) as layers, _Following(network, layers, passed, entering, escaped):
        yield


class _Following(TorchFunctionMode):
    def __init__(self, network, layers, passed, entering, escaped):
        super().__init__()
        self.modules, self.layers = dict(network.named_modules()), layers
        self.passed, self.entering, self.escaped = passed, entering, escaped
        self.known = WeakTensorKeyDictionary()

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = name_of(function)
        plain = name[:-1] if name.endswith("_") and not name.endswith("__") else name
        kind = "norm" if plain in _NORMS else KIND_OF.get(plain)
        given = args[0] if args else kwargs.get("input")
        filters = self.known.get(given) if isinstance(given, torch.Tensor) else None
        layer = self.layers[-1] if self.layers else ""
        weighs = kind == "weighted" and isinstance(self.modules.get(layer), WEIGHTED)
        if weighs and self.entering:
            self.entering(layer, filters and filters.owner)
        shape = given.shape if filters else None
        output = function(*args, **kwargs)
        if weighs:
            axis = output.dim() - 1 if isinstance(self.modules[layer], nn.Linear) else 1
            self._note(output, Filters(layer, axis, False), kind, "", layer)
        elif filters and self._keeps(kind, plain, shape, output, filters):
            self._note(output, filters._replace(activated=filters.activated or kind in _RECTIFYING), kind, plain, layer)
        else:
            self._mixed(args, kwargs, output)
        return output

    @staticmethod
    def _keeps(kind, name, shape, output, filters):
        if not isinstance(output, torch.Tensor) or output.dim() != len(shape):
            return False
        same = output.shape[0] == shape[0] and output.shape[filters.axis] == shape[filters.axis]
        return same and (kind in _ONE_CHANNEL_EACH or "pool" in name or "dropout" in name or name in ("clone", "pad"))

    def _note(self, output, filters, kind, name, layer):
        self.known[output] = filters
        self.passed(Step(filters, kind, name, layer, output))

    def _mixed(self, args, kwargs, output):
        made = [one for one in tree_flatten(output)[0] if isinstance(one, torch.Tensor)]
        for one in tree_flatten((args, kwargs))[0] if made else ():
            if isinstance(one, torch.Tensor) and one in self.known:
                if self.escaped and not self.known[one].activated:
                    self.escaped(self.known[one].owner)
                if any(one is another for another in made):
                    del self.known[one]
