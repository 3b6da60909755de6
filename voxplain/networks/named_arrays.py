"""Arrays of another framework, each put where its name says, with its axes in torch's order.

Keras keeps a convolution's filters as (x, y, z, inputs, outputs) and flattens channels last, Theano's convolutions of
time and image as (outputs, x, inputs, y, z) and turned round; torch, ONNX and Lasagne as (outputs, inputs, x, y, z).
"""

import zipfile
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn

from voxplain.errors import InputError, SettingsError

INVERSE_DEVIATION = "inv_std"
_TORCH = "oixyz"
_CONVOLUTIONS = nn.Conv1d, nn.Conv2d, nn.Conv3d
_TURNED = nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d


@dataclass(frozen=True)
class Layout:
    """How the arrays of a file lie.

    ``filters`` names the axes of a convolution's array: o(utputs), i(nputs), x, y, z (without z, of two axes), and
    ``flip_filters`` says that they are turned round, as where a convolution is one and no correlation. ``dense`` names
    those of a linear layer, "io" or "oi". ``flattened`` says of a linear layer behind a flattening in which order of
    channels and cells it was, with their numbers in this network: {"classifier.3": ("xyzc", (64, 7, 8, 7))}, always
    (channels, x, y, z) cells. ``eps`` is what their batch norm adds to a variance, where not what this network adds.
    """

    filters: str = _TORCH
    flip_filters: bool = False
    dense: str = "io"
    flattened: dict = field(default_factory=dict)
    eps: float | None = None

    def __post_init__(self):
        if sorted(self.filters) not in (sorted(_TORCH), sorted(_TORCH[:4]), sorted(_TORCH[:3])):
            raise SettingsError(f'filters is "{self.filters}"; name each axis once, such as oixyz (torch) or xyzio')
        if self.dense not in ("io", "oi"):
            raise SettingsError(f'dense is "{self.dense}"; use io (inputs first) or oi (torch)')
        for layer, (order, cells) in self.flattened.items():
            if sorted(order) != sorted("cxyz"[: len(cells)]):
                raise SettingsError(
                    f'{layer}: the order "{order}" does not fit {len(cells)} numbers; name c and each axis once'
                )


def named_arrays(network, path, names, layout):
    """Tensors by the names of ``network``'s own weights, and ``{layer: names of the arrays}`` that came to it.

    ``names`` is ``{theirs: ours}``: each array of the ``.npz`` at ``path``, and the weight that it is, such as
    ``{"conv1/kernel": "features.conv1.weight"}``. Ours may end in ``inv_std`` where a file has 1 / sqrt(variance + eps)
    in place of ``running_var``, and is None for an array that is left out.
    Raises InputError where a name is missing on either side or twice, and where an array does not fit.
    """
    arrays = _arrays(path)
    unnamed, absent = ([one for one in a if one not in b] for a, b in ((arrays, names), (names, arrays)))
    if unnamed:
        raise InputError(f'{path}: names say nothing of the array "{unnamed[0]}"; name its weight, or None')
    if absent:
        raise InputError(f'{path}: has no array "{absent[0]}", but {", ".join(map(repr, arrays))}; correct the names')
    layers, found, origin = dict(network.named_modules()), {}, {}
    for theirs, ours in names.items():
        if ours is None:
            continue
        layer, _, kind = ours.rpartition(".")
        key = f"{layer}.running_var" if kind == INVERSE_DEVIATION else ours
        own = network.state_dict().get(key)
        if own is None:
            raise InputError(f'{path}: "{theirs}" is named {ours}, which this network has not; correct the names')
        if key in found:
            raise InputError(f'{path}: "{theirs}" is the second array that is named {key}; name each weight once')
        values = _turned(layers[layer], layer, kind, arrays[theirs], layout, f'{path}: array "{theirs}"')
        if values.shape != own.shape:
            raise InputError(
                f'{path}: array "{theirs}" has shape {arrays[theirs].shape}, in torch\'s order {values.shape}, but '
                f"{key} takes {tuple(own.shape)}; correct the layout, or build the network that it is of"
            )
        found[key] = torch.from_numpy(np.array(values, np.float32, order="C"))
        origin.setdefault(layer, []).append(theirs)
    return found, {layer: ", ".join(theirs) for layer, theirs in origin.items()}


def _arrays(path):
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (AttributeError, OSError, TypeError, ValueError, zipfile.BadZipFile) as fault:
        raise InputError(f"{path}: not a file of plain arrays ({fault}); save it with numpy.savez") from None
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise InputError(f'{path}: array "{name}" is of {array.dtype}, not of numbers; leave it out of the file')
    return arrays


def _turned(layer, name, kind, values, layout, where):
    """``values`` as torch keeps them for ``layer``."""
    if isinstance(layer, _TURNED) and kind == "weight":
        raise InputError(f"{where} is of a transposed convolution, whose axes frameworks disagree on; load it by hand")
    if kind == INVERSE_DEVIATION:
        if not (values > 0).all():
            raise InputError(f"{where} is named inv_std, but is not above zero; a variance is named running_var")
        return np.maximum(values.astype(float) ** -2 - layer.eps, 0)
    if kind == "running_var":
        return np.maximum(values + (layout.eps - layer.eps if layout.eps is not None else 0.0), 0)
    if kind != "weight":
        return values
    if isinstance(layer, _CONVOLUTIONS) and values.ndim == layer.weight.ndim:
        axes = [one for one in layout.filters if one in _TORCH[: values.ndim]]
        values = values.transpose([axes.index(one) for one in _TORCH[: values.ndim]])
        return np.flip(values, tuple(range(2, values.ndim))) if layout.flip_filters else values
    if isinstance(layer, nn.Linear) and values.ndim == 2:
        values = values.T if layout.dense == "io" else values
        return _unflattened(values, *layout.flattened[name], where) if name in layout.flattened else values
    return values


def _unflattened(values, order, cells, where):
    """Columns of ``values`` (outputs, inputs), flattened in ``order``, in that of torch: channels, x, y, z."""
    if values.shape[1] != np.prod(cells):
        raise InputError(f"{where} takes {values.shape[1]} inputs, but {tuple(cells)} are {np.prod(cells)}; correct it")
    letters = "cxyz"[: len(cells)]
    apart = values.reshape(len(values), *(cells[letters.index(one)] for one in order))
    return apart.transpose(0, *(1 + order.index(one) for one in letters)).reshape(values.shape)
