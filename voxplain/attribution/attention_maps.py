"""What in the volume each channel of a layer looks at: the gradient of the channel's sum."""

import torch

from voxplain.attribution.cells import cam_layers, with_spatial_axes
from voxplain.attribution.layers import tapped
from voxplain.attribution.notes import note
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.networks.options import whole_number


def attention_maps(question, volumes, *, layer=None, channel=None):
    """d (sum over all cells of channel k of ``layer``) / d voxel, shaped like ``volumes``; signed.

    ``channel`` is k; without one, the maps of all channels are added. ``layer`` is by default the network's
    ``cam_layer`` or else its last layer with spatial axes. The class and its score play no part. `channel_maps` gives
    the maps of all channels at once.
    """
    name = _one_layer(question.model, volumes, layer)
    note("layer", name)
    leaf, held = _layer_of(question.model, volumes, name)
    if channel is None:
        return _slope(held.sum(), leaf, name)
    if whole_number("channel", channel, least=0) >= held.shape[1]:
        raise SettingsError(f'channel is {channel}, but layer "{name}" has {held.shape[1]}')
    return _slope(held[:, channel].sum(), leaf, name)


def channel_maps(model, volumes, layer=None):
    """The attention maps of every channel of a layer, (batch, channels of the layer, *shape of one of ``volumes``).

    The network runs in evaluation mode and comes back as it was.
    """
    with torch.inference_mode(False), torch.enable_grad(), untouched(model), exact_arithmetic():
        volumes = volumes.detach().clone()
        name = _one_layer(model, volumes, layer)
        leaf, held = _layer_of(model, volumes, name)
        maps = [_slope(held[:, channel].sum(), leaf, name, keep=True) for channel in range(held.shape[1])]
    return torch.stack(maps, 1)


def _one_layer(model, volumes, layer):
    names = cam_layers(model, volumes, layer)
    if len(names) > 1:
        raise SettingsError(f"layer is {layer!r}; name one")
    return names[0]


def _layer_of(model, volumes, name):
    """The volumes as a leaf, and what the layer ``name`` holds, with the graph between them."""
    leaf = volumes.clone().requires_grad_()
    with tapped(model, name) as tap:
        model(leaf.clone())
    return leaf, with_spatial_axes(tap.activation(), volumes, name)


def _slope(total, leaf, name, keep=False):
    found = None
    if total.requires_grad:
        found = torch.autograd.grad(total, leaf, allow_unused=True, retain_graph=keep)[0]
    if found is None:
        raise UnsupportedModel(f'no gradient flows from layer "{name}" to the volumes; name another')
    return found
