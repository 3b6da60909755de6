"""The weights of a network as they are, filter by filter."""

from contextlib import suppress

import torch

from voxplain.attribution.layers import layer_named
from voxplain.attribution.untouched import untouched
from voxplain.errors import UnsupportedModel
from voxplain.insight.followed import WEIGHTED, Enough, followed_filters


def layers_with_weights(network):
    """Names of the convolutions, transposed ones too, and linear layers of ``network``, in the order they are held.

    Raises UnsupportedModel where there is none.
    """
    found = [name for name, layer in network.named_modules() if isinstance(layer, WEIGHTED)]
    if not found:
        raise UnsupportedModel(
            f"{type(network).__name__} has no convolution and no linear layer; there is nothing to see"
        )
    return found


def filter_weights(network, layer):
    """Weights ``(filters, inputs, *kernel)`` of the ``layer`` of that name, (filters, inputs) of a linear one.

    Exactly the layer's own numbers; of a transposed convolution, which torch keeps the other way round, the filters
    come first too. ``inputs`` are those of one group. Raises UnsupportedModel for a layer without such weights.
    """
    found = layer_named(network, layer)
    if not isinstance(found, WEIGHTED):
        raise UnsupportedModel(f'layer "{layer}" is a {type(found).__name__}; name a convolution or a linear layer')
    weight = found.weight.detach().cpu()
    if getattr(found, "transposed", False):
        parts = weight.view(found.groups, -1, *weight.shape[1:])
        weight = parts.transpose(1, 2).reshape(found.out_channels, -1, *weight.shape[2:])
    return weight.numpy().copy()


def all_weights(network):
    """``{layer: filter_weights}`` of every layer with weights, as ``numpy.savez`` takes it: one array a layer."""
    return {layer: filter_weights(network, layer) for layer in layers_with_weights(network)}


def kept_kernels(network, layers, volumes, covariates=None):
    """``{layer: filter_weights}`` of ``layers``: "first", as `first_layer` finds it with volumes, "all", or names."""
    if layers == "all":
        return all_weights(network)
    names = [first_layer(network, volumes, covariates)] if layers == "first" else layers
    return {name: filter_weights(network, name) for name in names}


def first_layer(network, volumes, covariates=None):
    """Name of the layer with weights that sees the volume first, found by running ``network`` on ``volumes[:1]``.

    volumes: ``(batch, channels, x, y, z)``; covariates: ``(batch, n)`` of a network that takes some. Nothing behind
    that layer is run. Raises UnsupportedModel where no layer with weights runs.
    """
    found = []

    def entering(layer, _):
        found.append(layer)
        raise Enough

    parameter = next(network.parameters(), torch.empty(0))
    beside = () if covariates is None else (covariates[:1].to(parameter.device),)
    following = followed_filters(network, lambda _: None, entering=entering)
    with untouched(network), torch.no_grad(), suppress(Enough), following:
        network(volumes[:1].to(parameter.device), *beside)
    if not found:
        raise UnsupportedModel(
            f"{type(network).__name__} runs no convolution and no linear layer; name a layer yourself"
        )
    return found[0]
