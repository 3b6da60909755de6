"""Where in the volume each cell of a layer looks: the centre and the length of its receptive field.

Unpadded convolutions and pooling move cells away from where stretching a map over the volume would put them. The
geometry is followed through the operations of one real pass, so that functional layers, padding, crops and skips count.
"""

from dataclasses import dataclass
from functools import partial
from math import prod

import torch
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from voxplain.attribution.layers import tapped
from voxplain.attribution.tracing import watched
from voxplain.errors import UnsupportedModel

_POOLS = {
    *("max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d"),
    *("max_pool2d", "max_pool3d", "mkldnn_max_pool2d", "mkldnn_max_pool3d", "quantized_max_pool2d"),
}
_PADS = {"constant_pad_nd", "reflection_pad2d", "reflection_pad3d", "replication_pad2d", "replication_pad3d"}
_IN_PLACE = {
    *("native_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "cudnn_batch_norm"),
    *("miopen_batch_norm", "native_group_norm", "native_layer_norm", "native_dropout", "clone", "detach", "alias"),
    *("contiguous", "_to_copy", "cat", "feature_dropout", "dropout", "lift_fresh", "batch_norm"),
    # instance norm reshapes batch and channels; a view with the same spatial axes moves nothing
    *("_prelu_kernel", "view", "_unsafe_view"),
}


@dataclass(frozen=True)
class Fields:
    """Receptive fields of a layer's cells, in voxels, one number per axis."""

    first: tuple  # centre of cell 0
    step: tuple  # from one cell's centre to the next
    length: tuple

    def after(self, kernel, stride, padding, dilation):
        """Fields behind a convolution or pooling."""
        reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return Fields(
            tuple(f + s * (r / 2 - p) for f, s, r, p in zip(self.first, self.step, reach, padding, strict=True)),
            tuple(s * by for s, by in zip(self.step, stride, strict=True)),
            tuple(n + s * r for n, s, r in zip(self.length, self.step, reach, strict=True)),
        )

    def cropped(self, axis, start, stride):
        """Fields behind a slice along ``axis``; a negative ``start`` is padding."""
        first, step = list(self.first), list(self.step)
        first[axis] += start * step[axis]
        step[axis] *= stride
        return Fields(tuple(first), tuple(step), self.length)


def receptive_fields(model, volumes, layer):
    """``Fields`` of the cells of ``layer`` when ``model`` sees ``volumes``, found in one pass of the first of them.

    The pass is one of shapes alone where the network has no need of the values. Raises UnsupportedModel when an
    operation on the way has no fixed field for each cell.
    """
    fields = None if watched(model) else _fields_of_shapes(model, volumes, layer)
    if fields is not None:
        return fields
    fields, lost = _fields(model, model, volumes[:1].clone(), layer)
    if fields is None:
        lost = f" (lost at {lost})" if lost else ""
        raise UnsupportedModel(f'layer "{layer}": its cells have no fixed place{lost}; use placement="stretch"')
    return fields


def _fields(model, run, volume, layer):
    with torch.inference_mode(), tapped(model, layer) as tap:
        with Followed(volume) as followed:
            run(volume)
        return followed.of(tap.activation()), followed.lost


def _fields_of_shapes(model, volumes, layer):
    """The fields by tensors without values; None when the network asks for a value or a tensor of its own."""
    own = [*model.named_parameters(), *model.named_buffers()]
    try:
        shapes = {name: one.detach().to("meta") for name, one in own}
        return _fields(model, partial(functional_call, model, shapes), volumes[:1].to("meta"), layer)[0]
    # whatever it is that cannot be done without values, a real pass says it better
    except Exception:
        return None


class Followed(TorchDispatchMode):
    """Remembers for each tensor that comes out of an operation on ``volume`` where its cells look."""

    def __init__(self, volume):
        super().__init__()
        axes = volume.dim() - 2
        self.known = WeakTensorKeyDictionary()
        self.known[volume] = Fields((0.0,) * axes, (1.0,) * axes, (1.0,) * axes)
        self.dims, self.lost = volume.dim(), None

    def of(self, tensor):
        """The fields of ``tensor``, or None."""
        return self.known.get(tensor)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = function._schema.name.removeprefix("aten::").rstrip("_")
        rule = self._rule(name, function)
        if rule is None:
            # a composite operation shows its parts
            with self:
                output = function.decompose(*args, **kwargs)
            if output is not NotImplemented:
                return output
        output = function(*args, **kwargs)
        first = output[0] if isinstance(output, tuple | list) and output else output
        placed = self._placed(args)
        if not placed or not isinstance(first, torch.Tensor) or first.dim() != self.dims:
            return output
        fields = rule(name, args, kwargs, first, placed) if rule else None
        if fields is None:
            self.known.pop(first, None)
            self.lost = self.lost or name
            return output
        parts = output if name in ("split", "split_with_sizes", "chunk") else [first]
        for part in parts:
            self.known[part] = fields
        return output

    def _rule(self, name, function):
        if name == "convolution":
            return _convolution
        if name in _POOLS:
            return _pooling
        if name in _PADS:
            return _padding
        if name == "slice":
            return _slice
        if name in ("split", "split_with_sizes", "chunk"):
            return _channel_parts
        return _same_place if name in _IN_PLACE or torch.Tag.pointwise in function.tags else None

    def _placed(self, args):
        found = []
        for one in args:
            for tensor in one if isinstance(one, tuple | list) else (one,):
                if isinstance(tensor, torch.Tensor) and tensor.dim() == self.dims and tensor in self.known:
                    found.append((tensor, self.known[tensor]))
        return found


def _each(value, axes, default=None):
    """An option of a layer as one number per axis; torch writes (2,) or () where all axes are alike."""
    value = list(value) if isinstance(value, tuple | list) else [value]
    return (value or list(default)) * (axes if len(value or default) == 1 else 1)


def _convolution(name, args, kwargs, output, placed):
    weight, stride, padding, dilation, transposed = args[1], *args[3:7]
    if transposed:
        return None
    axes = output.dim() - 2
    kernel = weight.shape[2:]
    return placed[0][1].after(kernel, _each(stride, axes), _each(padding, axes), _each(dilation, axes))


def _pooling(name, args, kwargs, output, placed):
    axes = output.dim() - 2
    kernel = _each(args[1], axes)
    options = list(args[2:])
    stride = _each(options[0] if options else kwargs.get("stride", kernel), axes, kernel)
    padding = _each(options[1] if len(options) > 1 else kwargs.get("padding", 0), axes)
    dilated = "max" in name
    dilation = _each(options[2] if dilated and len(options) > 2 else kwargs.get("dilation", 1), axes)
    return placed[0][1].after(kernel, stride, padding, dilation)


def _padding(name, args, kwargs, output, placed):
    fields = placed[0][1]
    axes = output.dim() - 2
    # torch lists pads from the last axis on, two numbers for each
    for number, before in enumerate(args[1][::2]):
        if number < axes:
            fields = fields.cropped(axes - 1 - number, -before, 1)
    return fields


def _slice(name, args, kwargs, output, placed):
    tensor, fields = placed[0]
    dim = (args[1] if len(args) > 1 else 0) % tensor.dim()
    if dim < 2:
        return fields
    start = args[2] if len(args) > 2 and args[2] is not None else 0
    start = max(start + tensor.shape[dim], 0) if start < 0 else start
    return fields.cropped(dim - 2, start, args[4] if len(args) > 4 else 1)


def _channel_parts(name, args, kwargs, output, placed):
    dim = (args[2] if len(args) > 2 else kwargs.get("dim", 0)) % output.dim()
    return placed[0][1] if dim < 2 else None


def _same_place(name, args, kwargs, output, placed):
    """Fields of an operation cell by cell, when all that it joins lies in the same place."""
    if name == "cat" and (args[1] if len(args) > 1 else kwargs.get("dim", 0)) % output.dim() > 1:
        return None
    full = [fields for tensor, fields in placed if tensor.shape[2:] == output.shape[2:]]
    # one number for a whole channel, as in squeeze and excitation, moves nothing
    if not full or any(prod(tensor.shape[2:]) not in (1, prod(output.shape[2:])) for tensor, _ in placed):
        return None
    if any((one.first, one.step) != (full[0].first, full[0].step) for one in full):
        return None
    return Fields(
        full[0].first, full[0].step, tuple(max(lengths) for lengths in zip(*(f.length for f in full), strict=True))
    )
