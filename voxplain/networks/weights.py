"""Weights that others published, put into a network of the same layers.

Two kinds of file are read: a state dict of torch, and the ``.npz`` that Lasagne's users leave, whose arrays have no
names but stand in the order of the layers: W and b of a convolution or dense layer; beta, gamma, mean and inv_std
(1 / sqrt(variance + eps)) of batch norm. A dense W is (inputs, outputs), the other way round than torch's; a
convolution's is (outputs, inputs, x, y, z), and with ``flip_filters`` False, as in `Conv3DDNNLayer`, is torch's own.
An ``.npz`` whose arrays have names is read by them, see `voxplain.networks.named_arrays`.
"""

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from voxplain.errors import InputError
from voxplain.networks.named_arrays import Layout, named_arrays

_COUNTER = "num_batches_tracked"
# in Lasagne's order, of any other layer and of batch norm
_KINDS = ("weight", "bias"), ("bias", "weight", "running_mean", "running_var")


def load_published(network, path, names=None, flip_filters=False, layout=None):
    """Put the weights in the file ``path`` into ``network``; which of its layers each came to, ``{layer: theirs}``.

    ``names`` maps layers of a state dict to layers of the network, such as ``{"hidden1.0": "features.conv1"}``; without
    them the network's own ``published_names`` count where they are the file's, and else the order in which layers
    stand. For an ``.npz`` with names they map arrays to weights, ``{"conv1/kernel": "features.conv1.weight"}``, and
    ``layout``, a `Layout`, says in which order the axes of its arrays are. ``flip_filters`` turns convolutions of an
    ``.npz`` round. Raises InputError, and changes nothing, where the file is something else, a number or a shape does
    not fit, or a weight is not finite.
    """
    path = Path(path)
    if layout is not None and (path.suffix != ".npz" or names is None):
        raise InputError(f"{path}: a layout is of an .npz whose arrays have names; give names, or leave it out")
    if path.suffix == ".npz" and names is not None:
        layout = layout or Layout()
        layout = replace(layout, flip_filters=layout.flip_filters or flip_filters)
        found, origin = named_arrays(network, path, names, layout)
    elif path.suffix == ".npz":
        found, origin = _from_lasagne(network, path, flip_filters)
    else:
        found, origin = _from_state_dict(network, path, names)
    own = network.state_dict()
    for key, tensor in found.items():
        _check(path, origin[_layer(key)], tensor.shape, key, own[key].shape)
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"{path}: NaN or infinity for {key}; take the weights of an earlier epoch")
    left = [key for key in own if key not in found and not key.endswith(_COUNTER)]
    if left:
        raise InputError(f"{path}: holds nothing for {left[0]}; build the network as it was published")
    network.load_state_dict(found, strict=False)
    return origin


def _from_lasagne(network, path, flip_filters):
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = [file[name] for name in sorted(file.files, key=_number)]
    except (OSError, TypeError, ValueError, zipfile.BadZipFile) as fault:
        raise InputError(f"{path}: not a file of plain arrays ({fault}); save it with numpy.savez") from None
    layers = [(name, layer) for name, layer in network.named_modules() if any(True for _ in layer.parameters(False))]
    wanted = sum(4 if isinstance(layer, nn.modules.batchnorm._BatchNorm) else 2 for _, layer in layers)
    if len(arrays) != wanted:
        raise InputError(f"{path}: {len(arrays)} arrays, but this network has {wanted}; build the one they are of")
    found, origin, place = {}, {}, 0
    for name, layer in layers:
        kind = _KINDS[isinstance(layer, nn.modules.batchnorm._BatchNorm)]
        own = [getattr(layer, key).shape for key in kind]
        values = arrays[place : place + len(kind)]
        for number, (key, value, shape) in enumerate(zip(kind, values, own, strict=True), place):
            turned = shape[::-1] if isinstance(layer, nn.Linear) else shape
            _check(path, f"array {number}", value.shape, f"{name}.{key}", turned)
        for key, value in zip(kind, values, strict=True):
            found[f"{name}.{key}"] = torch.from_numpy(
                _turned(layer, key, value, flip_filters, f"{path}: array {place}")
            )
        origin[name] = f"arrays {place} to {place + len(kind) - 1}"
        place += len(kind)
    return found, origin


def _number(name):
    """Sorts arr_2 before arr_10."""
    digits = "".join(one for one in name if one.isdigit())
    return int(digits or 0), name


def _turned(layer, key, values, flip_filters, where):
    if key == "running_var":
        if not (values > 0).all():
            raise InputError(f"{where}: batch norm of beta, gamma, mean, inv_std, but inv_std is not above zero")
        values = np.maximum(values.astype(float) ** -2 - layer.eps, 0)
    elif key == "weight" and isinstance(layer, nn.Linear):
        values = values.T
    elif key == "weight" and isinstance(layer, nn.Conv3d) and flip_filters:
        values = values[..., ::-1, ::-1, ::-1]
    return np.array(values, np.float32, order="C")


def _check(path, origin, found, key, wanted):
    if tuple(found) != tuple(wanted):
        raise InputError(
            f"{path}: {origin} has shape {tuple(found)}, but {key} takes {tuple(wanted)}; build the network with the "
            "published shape, width and classes"
        )


def _from_state_dict(network, path, names):
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, pickle.UnpicklingError):
        raise InputError(f"{path}: not a plain state dict; save network.state_dict() with torch.save") from None
    saved = saved.get("state_dict", saved) if isinstance(saved, dict) else {}
    if not saved or not all(isinstance(tensor, torch.Tensor) for tensor in saved.values()):
        raise InputError(f"{path}: not a plain state dict; save network.state_dict() with torch.save")
    # what nn.DataParallel puts before every name
    saved = {name.removeprefix("module."): tensor for name, tensor in saved.items() if not name.endswith(_COUNTER)}
    theirs = list(dict.fromkeys(map(_layer, saved)))
    ours = list(dict.fromkeys(_layer(name) for name in network.state_dict()))
    published = getattr(network, "published_names", {})
    if names is None:
        names = published if set(published) == set(theirs) else dict(zip(theirs, ours, strict=False))
    if len(theirs) != len(ours) or set(names) != set(theirs):
        odd = sorted(set(theirs) ^ set(names))
        why = f"names say nothing of {odd[0]}" if len(theirs) == len(ours) else f"this network has {len(ours)}"
        raise InputError(f"{path}: weights of {len(theirs)} layers, but {why}; build the network that they are of")
    found = {f"{names[_layer(key)]}.{key.rpartition('.')[2]}": tensor for key, tensor in saved.items()}
    unknown = sorted(set(found) - set(network.state_dict()))
    if unknown:
        raise InputError(f"{path}: this network has no {unknown[0]}; give names, or build the one they are of")
    return found, {names[layer]: layer for layer in theirs}


def _layer(key):
    return key.rpartition(".")[0]
