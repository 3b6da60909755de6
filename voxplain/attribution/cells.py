"""The cells of a layer as class activation maps use them: what they hold and how the score depends on them."""

import torch

from voxplain.attribution.layers import last_spatial_layer, layer_named, tapped
from voxplain.attribution.notes import note
from voxplain.attribution.placement import check_placement, placed
from voxplain.attribution.receptive_fields import receptive_fields
from voxplain.errors import SettingsError, UnsupportedModel


def map_of_layers(
    question, volumes, cell_map, layer, *, relu, counterfactual, placement, mask, keep="values", fuse=None
):
    """The mean, or ``fuse`` of the list, over the layers ``layer`` of each one's map on the grid of ``volumes``.

    ``cell_map`` makes (batch, *cells) of what a layer's cells hold and of d score / d cell, both (batch, channels,
    *cells); the slopes have their sign turned when ``counterfactual``. See `cam_layers` and `placed`. Names are noted.
    """
    check_placement(placement)
    found, names = [], cam_layers(question.model, volumes, layer)
    note("layer", ", ".join(names))
    for name in names:
        held, slopes = cells_and_slopes(question, volumes, name)
        cells = cell_map(held, -slopes if counterfactual else slopes)
        fields = None if placement == "stretch" else receptive_fields(question.model, volumes, name)
        found.append(placed(cells.relu() if relu else cells, volumes, fields, mask, keep))
    return (fuse or _mean)(found)


def cam_layers(model, volumes, layer):
    """Names of the layers that ``layer`` stands for: a name, a list of them, or None for the network's own.

    The network's own is its ``cam_layer``, or else its last layer with spatial axes. Raises SettingsError for a layer
    that the network does not have, or that is named twice.
    """
    if layer is None:
        layer = getattr(model, "cam_layer", None) or last_spatial_layer(model, volumes)
    names = list(layer) if isinstance(layer, list | tuple) else [layer]
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"layer is {layer!r}; name one layer, or several that differ")
    for name in names:
        layer_named(model, name)
    return names


def cells_and_slopes(question, volumes, layer):
    """What the cells of ``layer`` hold and d score / d cell, both (batch, channels, *cells).

    Raises UnsupportedModel when the layer has no spatial axes or the score does not depend on it.
    """
    lean = question.shared and question.shared.lean(question)
    found = question.shared.passed(question, volumes).cells(layer) if lean and layer in lean.readable else None
    note("path", "lean graph" if found else "whole network")
    if found:
        return with_spatial_axes(found[0], volumes, layer), found[1]
    with tapped(question.model, layer, leaf=True) as tap:
        scores = question.scores(volumes.clone())
        held = with_spatial_axes(tap.activation(), volumes, layer)
    slopes = torch.autograd.grad(scores.sum(), held, allow_unused=True)[0] if scores.requires_grad else None
    if slopes is None:
        raise UnsupportedModel(
            f'no gradient flows from the score to layer "{layer}"; name one that the score depends on'
        )
    return held.detach(), slopes


def scores_without(question, volumes, layer):
    """The scores of ``volumes`` when all cells of ``layer`` hold zero."""
    handle = layer_named(question.model, layer).register_forward_hook(lambda _, __, held: torch.zeros_like(held))
    try:
        with torch.no_grad():
            return question.scores(volumes.clone())
    finally:
        handle.remove()


def with_spatial_axes(held, volumes, layer):
    """``held``, the output of ``layer``; UnsupportedModel when it has not the axes of ``volumes``."""
    if held.dim() != volumes.dim():
        raise UnsupportedModel(
            f'layer "{layer}" gives shape {tuple(held.shape)}, without the spatial axes; name another'
        )
    return held


def _mean(maps):
    return sum(maps[1:], maps[0]) / len(maps)
