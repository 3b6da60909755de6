"""A network's end when it is the mean over all cells and one linear layer, as the class activation map needs it.

The values are followed through the operations of one real pass, so that functional means and reshaping count as much
as layers do.
"""

from dataclasses import dataclass, replace

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from voxplain.attribution.layers import running_layers
from voxplain.attribution.receptive_fields import Followed
from voxplain.errors import UnsupportedModel

_VIEWS = {"view", "_unsafe_view", "_reshape_alias"}
_RESHAPING = _VIEWS | {
    *("squeeze", "unsqueeze", "select", "slice", "expand", "clone"),
    *("alias", "detach", "_to_copy", "lift_fresh"),
}
_MEANS = {"mean", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "avg_pool2d", "avg_pool3d"}


@dataclass(frozen=True)
class LinearHead:
    """values = weights @ (mean of ``cells`` over their spatial axes) + bias."""

    cells: torch.Tensor  # (batch, channels, *cells)
    fields: object  # their receptive fields, or None where they have no fixed place
    weights: torch.Tensor | None = None  # (outputs, channels); None: the means themselves
    bias: torch.Tensor | None = None  # (outputs,)


def linear_head(model, volumes):
    """The ``LinearHead`` of ``model`` as it sees ``volumes``, and its outputs.

    Raises UnsupportedModel, naming the layer, when anything but reshaping stands between the mean, one linear layer
    and the output.
    """
    with torch.inference_mode(), running_layers(model) as layers:
        volumes = volumes.clone()
        with Followed(volumes) as fields, _Head(layers, fields, volumes.dim()) as followed:
            outputs = model(volumes)
    head = followed.known.get(outputs) if isinstance(outputs, torch.Tensor) else None
    if head is None:
        raise UnsupportedModel(
            f"{type(model).__name__} {followed.broken or 'takes no mean over all cells of a layer'}; cam needs that "
            'mean, one linear layer and nothing else at the end: use "hires_cam" or "grad_cam"'
        )
    weights = torch.eye(head.cells.shape[1]).to(head.cells) if head.weights is None else head.weights
    bias = weights.new_zeros(len(weights)) if head.bias is None else head.bias
    # copies, which unlike what was made in inference mode may meet autograd
    return LinearHead(head.cells.clone(), head.fields, weights.clone(), bias.clone()), outputs.clone()


class _Head(TorchDispatchMode):
    """Remembers for each tensor of which cells it is the mean, and the linear layer that it went through."""

    def __init__(self, layers, fields, dims):
        super().__init__()
        self.layers, self.fields, self.dims = layers, fields, dims
        self.known, self.flat, self.broken = WeakTensorKeyDictionary(), WeakTensorKeyDictionary(), None

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = function._schema.name.removeprefix("aten::").rstrip("_")
        if name not in _RESHAPING | _MEANS:
            # a composite operation shows its parts
            with self:
                output = function.decompose(*args, **kwargs)
            if output is not NotImplemented:
                return output
        output = function(*args, **kwargs)
        first = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(first, torch.Tensor):
            self._follow(name, args, kwargs, first)
        return output

    def _follow(self, name, args, kwargs, output):
        tensors = [one for one in _flat(args) if isinstance(one, torch.Tensor)]
        heads = [self.known[one] for one in tensors if one in self.known]
        if heads:
            after = _behind(name, args, kwargs, heads, output, self.known)
            self.known.pop(output, None)
            if after:
                self.known[output] = after
            else:
                layer = (self.layers and self.layers[-1]) or "the network itself"
                self.broken = f'runs {name} in layer "{layer}" behind the mean over all cells'
        elif name in _MEANS and tensors:
            cells = self.flat.get(tensors[0], tensors[0])
            if cells.dim() == self.dims and _over_all_cells(name, args, kwargs, output):
                self.known[output] = LinearHead(cells.clone(), self.fields.of(cells))
        elif name in _VIEWS and output.dim() == 3 and output.shape[:2] == tensors[0].shape[:2]:
            self.flat[output] = tensors[0]


def _flat(args):
    return [part for one in args for part in (one if isinstance(one, tuple | list) else (one,))]


def _over_all_cells(name, args, kwargs, output):
    values, option = args[0], args[1] if len(args) > 1 else None
    if output.shape[:2] != values.shape[:2] or output.numel() != values.shape[0] * values.shape[1]:
        return False
    if name == "mean":
        over = {at % values.dim() for at in option} if isinstance(option, tuple | list) else set()
        return over == set(range(2, values.dim()))
    if name.startswith("avg_pool"):
        padding = _flat([args[3] if len(args) > 3 else 0])
        divisor = args[6] if len(args) > 6 else kwargs.get("divisor_override")
        kernel = tuple(option) * (values.dim() - 2 if len(option) == 1 else 1)
        return kernel == tuple(values.shape[2:]) and not any(padding) and divisor is None
    return True


def _behind(name, args, kwargs, heads, output, known):
    """What ``output`` is, or None when it is no linear function of the one mean that goes in."""
    head = heads[0]
    outputs = head.cells.shape[1] if head.weights is None else len(head.weights)
    if len(heads) > 1 or kwargs:
        return None
    if name in _RESHAPING:
        kept = output.shape[0] == len(head.cells) and output.numel() == len(head.cells) * outputs
        return head if kept else None
    if name == "add" and head.weights is not None and head.bias is None:
        other = args[1] if args[0] in known else args[0]
        fits = isinstance(other, torch.Tensor) and other.shape == (outputs,) and len(args) == 2
        return replace(head, bias=other) if fits and output.dim() == 2 else None
    if head.weights is not None:
        return None
    if name == "addmm" and args[1] in known and args[0].dim() == 1:
        return replace(head, weights=args[2].T, bias=args[0])
    if name == "mm" and args[0] in known:
        return replace(head, weights=args[1].T)
    if name == "convolution" and args[0] in known:
        one_cell = args[1][0, 0].numel() == 1 and output[0, 0].numel() == 1 and args[0][0, 0].numel() == 1
        return replace(head, weights=args[1].flatten(1), bias=args[2]) if one_cell and args[8] == 1 else None
    return None
