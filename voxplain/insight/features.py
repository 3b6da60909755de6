"""What a network makes of each scan before its last linear layer decides: one row of features a scan."""

from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from voxplain.attribution.layers import layer_named, tapped
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import InputError, UnsupportedModel
from voxplain.training.shown_batches import passed_batches

_WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)


class Looked(NamedTuple):
    """Of n scans: ``features`` (n, d) float32, ``outputs`` (n, classes) float64, the network's own, before softmax,
    and ``latents`` (n, latent) float32, the means of a variational autoencoder's codes, else None."""

    features: np.ndarray
    outputs: np.ndarray
    latents: np.ndarray | None


def features(network, volumes, layer=None, *, covariates=None, batch=8, device="cpu", pooled=True):
    """Float32 ``(n, d)``: what goes into the last linear layer of ``network`` for each of ``volumes``.

    volumes: n tensors ``(channels, x, y, z)``, read ``batch`` at a time; covariates: ``(n, values)`` of the same scans,
    for a network that takes them beside its volumes, which are then among what goes into that layer. With ``layer``, a
    name as `named_modules` has it, it is what comes out of that layer; of its cells the mean, or with ``pooled`` False
    all of them. The network is run in evaluation mode and comes back as it was. Where memory runs out ``batch`` is
    halved, which the log says.

    Raises UnsupportedModel, in one line, where no such layer is found, and SettingsError for a name that is none.
    """
    return look(network, volumes, layer, covariates=covariates, batch=batch, device=device, pooled=pooled).features


def look(network, volumes, layer=None, *, covariates=None, batch=8, device="cpu", pooled=True):
    """`Looked`: features as `features` has them, and from the same passes outputs and, where there are some, latents.

    Latents are means, never draws: those that ``latent_mean``, a layer of the network, makes of what goes into the
    last linear layer.
    """
    if not len(volumes):
        raise InputError("features: there is no scan to look at; give at least one")
    network.to(device)
    coded = isinstance(getattr(network, "latent_mean", None), nn.Module)
    with untouched(network), exact_arithmetic(), torch.no_grad():
        last = None
        if coded or layer is None:
            last = last_linear_layer(network, volumes[0][None], None if covariates is None else covariates[:1])

        def passed(given):
            with ExitStack() as watched:
                entered = watched.enter_context(_inputs_of(network, last)) if last else []
                tap = watched.enter_context(tapped(network, layer)) if layer else None
                outputs = network(*given).cpu()
            if tap:
                rows = _rows(tap.activation(), len(given[0]), layer, pooled).cpu()
            else:
                rows = _decided_by(entered[-1], network.get_submodule(last)).cpu()
            return rows, outputs, network.latent_mean(entered[-1]).cpu() if coded else None

        parts = zip(*passed_batches(passed, volumes, batch, device, covariates), strict=True)
        rows, outputs, latents = (None if part[0] is None else torch.cat(part) for part in parts)
    _refuse_not_finite(rows, volumes)
    return Looked(rows.float().numpy(), outputs.double().numpy(), None if latents is None else latents.float().numpy())


def last_linear_layer(network, volumes, covariates=None):
    """Name of the layer that ``network`` decides by: the last with weights that runs, a linear one.

    A convolution counts where it does what a linear layer does: to one cell, or of length 1 an axis before a mean.
    volumes: ``(batch, channels, x, y, z)``, of which the first is shown. Raises UnsupportedModel, naming the layer.
    """
    device = next((one.device for one in network.parameters()), torch.device("cpu"))
    ran, handles = [], []
    try:
        for name, layer in network.named_modules():
            if isinstance(layer, _WEIGHTED):
                handles.append(layer.register_forward_pre_hook(lambda _, given, name=name: ran.append((name, given))))
        with untouched(network), torch.no_grad():
            beside = () if covariates is None else (covariates[:1].to(device),)
            network(volumes[:1].to(device), *beside)
    finally:
        for handle in handles:
            handle.remove()
    if not ran:
        raise UnsupportedModel(f"{type(network).__name__} runs no layer with weights; name the layer to look at")
    name, (given, *_) = ran[-1]
    layer = network.get_submodule(name)
    if sum(one == name for one, _ in ran) > 1:
        raise UnsupportedModel(
            f'layer "{name}" is the last and runs several times in a pass; name the layer to look at'
        )
    if not isinstance(layer, nn.Linear) and given[0, 0].numel() > 1 and set(layer.kernel_size) != {1}:
        raise UnsupportedModel(
            f'layer "{name}" is the last with weights and a convolution over {tuple(given.shape[2:])} cells, not a '
            "linear layer; name the layer to look at"
        )
    return name


@contextmanager
def _inputs_of(network, name):
    """A list that gets the input of the layer ``name`` at each pass."""
    given = []
    handle = layer_named(network, name).register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].clone()))
    try:
        yield given
    finally:
        handle.remove()


def _decided_by(given, layer):
    # where the layer works on several rows of a scan, slabs or cells, their mean: it is linear in them
    if isinstance(layer, nn.Linear):
        return given if given.dim() == 2 else given.flatten(1, -2).mean(1)
    return given.flatten(2).mean(2)


def _rows(found, n, layer, pooled):
    if found.dim() < 2 or len(found) != n:
        raise UnsupportedModel(f'layer "{layer}" gives {tuple(found.shape)} for {n} scans, not a row for each')
    return found.flatten(2).mean(2) if pooled and found.dim() > 2 else found.flatten(1)


def _refuse_not_finite(rows, volumes):
    wrong = (~torch.isfinite(rows).all(1)).nonzero().flatten().tolist()
    if wrong:
        name = getattr(volumes, "scans", {wrong[0]: f"scan {wrong[0]}"})[wrong[0]]
        raise InputError(
            f"{name}: the network makes features of it that are not finite; train it again or leave it out"
        )
