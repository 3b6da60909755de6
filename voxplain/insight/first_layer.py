"""Mean and entropy of each feature map of a network's first layer, scan by scan.

Kan et al., AIST 2020, arXiv 2006.15969, who compared them between men and women.
"""

from contextlib import suppress

import numpy as np
import pandas as pd
import torch

from voxplain.attribution.layers import layer_named
from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.followed import Enough, followed_filters
from voxplain.insight.group_differences import compare_groups
from voxplain.training.shown_batches import shown_batches

LEVELS = 256
COLUMNS = ["scan", "subject", "layer", "map", "mean", "entropy"]


def first_layer_study(
    network, held_out, training, groups, *, untrained=None, layer=None, levels=LEVELS, batch=4, device="cpu"
):
    """`map_statistics` of the scans ``held_out``, on the ranges of those in ``training``, and `compare_groups` of them.

    groups: ``{scan: group}`` of the held-out scans. No value of a held-out scan depends on another one. ``untrained``
    is a network of the same layers that learned nothing; a column ``network`` tells trained and untrained apart.
    """
    parts = []
    for name, one in (("trained", network), ("untrained", untrained)):
        if one is not None:
            ranges = value_ranges(one, training, layer, batch=batch, device=device)
            found = map_statistics(one, held_out, ranges, layer, levels=levels, batch=batch, device=device)
            parts.append(found.assign(network=name))
    statistics = pd.concat(parts, ignore_index=True)
    return statistics, compare_groups(statistics, groups)


def value_ranges(network, volumes, layer=None, *, covariates=None, batch=4, device="cpu"):
    """Smallest and largest value of each map over all ``volumes``, (maps, 2) float64; see `map_statistics`."""
    found = None
    for _, maps, _ in _read(network, volumes, layer, covariates, batch, device):
        flat = maps.flatten(2).double()
        ends = torch.stack([flat.amin((0, 2)), flat.amax((0, 2))], 1)
        if found is not None:
            ends = torch.stack([torch.minimum(ends[:, 0], found[:, 0]), torch.maximum(ends[:, 1], found[:, 1])], 1)
        found = ends
    if not found.isfinite().all():
        raise InputError("first layer: maps have values that are not finite; train this network again")
    return found.cpu().numpy()


def map_statistics(network, volumes, ranges=None, layer=None, *, levels=LEVELS, covariates=None, batch=4, device="cpu"):
    """A row for each scan of ``volumes`` and map: ``scan, subject, layer, map``, its mean and its entropy in nats.

    The maps are what the second layer with weights is given: the first layer behind its norm, activation and pooling;
    or what comes out of ``layer``, a name as ``named_modules`` has it. Nothing behind is run.

    For the entropy values are scaled to whole numbers 0 to ``levels`` - 1 by ``ranges`` (maps, 2), smallest and
    largest, of other scans for preference; what lies beyond counts at the end. H = -sum p log p over the shares p of
    the levels, 0 log 0 = 0: 0 of a constant map, at most log(levels). With ``ranges`` None each batch is scaled by
    its own range over all maps, as published; a scan's entropy then depends on those it is read with.

    volumes: n tensors ``(channels, x, y, z)``, of which ``scans`` and ``subjects`` name them if there; covariates:
    ``(n, values)`` of a network that takes some first. Raises UnsupportedModel where there are no maps.
    """
    scans = [str(scan) for scan in getattr(volumes, "scans", range(len(volumes)))]
    subjects = list(getattr(volumes, "subjects", scans))
    parts = []
    for places, maps, name in _read(network, volumes, layer, covariates, batch, device):
        flat = maps.flatten(2).double()
        if ranges is None:
            known = flat[flat.isfinite()]
            ends = [known.min(), known.max()] if len(known) else [0, 0]
            scale = flat.new_tensor(ends).expand(flat.shape[1], 2)
        else:
            scale = torch.as_tensor(np.asarray(ranges, float), device=flat.device)
            if len(scale) != flat.shape[1]:
                raise InputError(f'layer "{name}" has {flat.shape[1]} maps, but there are ranges of {len(scale)}')
        means, entropies = flat.mean(2), level_entropy(flat, scale, levels)
        for row, place in enumerate(places):
            part = pd.DataFrame({"mean": means[row].cpu(), "entropy": entropies[row].cpu()})
            named = {"scan": scans[place], "subject": subjects[place], "layer": name, "map": range(len(part))}
            parts.append(part.assign(**named))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def level_entropy(values, ranges, levels=LEVELS):
    """Entropy in nats, (scans, maps), of ``values`` (scans, maps, cells) at whole levels of ``ranges`` (maps, 2).

    A map with a value that is not finite has NaN.
    """
    low, high = ranges[:, 0].view(1, -1, 1), ranges[:, 1].view(1, -1, 1)
    width = (high - low).clamp_min(torch.finfo(values.dtype).tiny)
    finite = values.isfinite().all(2)
    level = ((values.nan_to_num() - low) / width * (levels - 1)).clamp(0, levels - 1).long()
    rows = torch.arange(level.shape[0] * level.shape[1], device=level.device).view(*level.shape[:2], 1)
    counts = torch.bincount((level + levels * rows).flatten(), minlength=rows.numel() * levels)
    shares = counts.view(*level.shape[:2], levels).to(values.dtype) / values.shape[2]
    # + 0: the entropy of one level is 0, not -0
    return torch.where(finite, torch.special.entr(shares).sum(2) + 0.0, torch.nan)


@torch.no_grad()
def _read(network, volumes, layer, covariates, batch, device):
    if not len(volumes):
        raise InputError("first layer: there is no scan to look at; give at least one")
    network.to(device)
    for places, given in shown_batches(volumes, batch, device, covariates):
        with untouched(network), exact_arithmetic():
            maps, name = _of_layer(network, given, layer) if layer else _of_first(network, given)
        if maps.dim() < 3 or len(maps) != len(places):
            raise UnsupportedModel(f'layer "{name}" gives {tuple(maps.shape)}, no maps; name a layer with spatial axes')
        yield places, maps, name


def _of_layer(network, given, name):
    found = []

    def keep(_, __, output):
        found.append(output)
        raise Enough

    handle = layer_named(network, name).register_forward_hook(keep)
    try:
        with suppress(Enough):
            network(*given)
    finally:
        handle.remove()
    if not found or not isinstance(found[0], torch.Tensor):
        raise UnsupportedModel(f'layer "{name}" {"returns no tensor" if found else "never runs"}; name another')
    return found[0], name


def _of_first(network, given):
    found = []

    def passed(step):
        # another layer's, or pooled to a single cell, which leaves no map
        if found and (step.filters.owner != found[0].filters.owner or step.values[0, 0].numel() == 1):
            return
        # a copy, since what comes next may work in place
        found[:] = [step._replace(values=step.values.clone())]

    def entering(_, owner):
        if found and owner == found[0].filters.owner:
            raise Enough

    with suppress(Enough), followed_filters(network, passed, entering=entering):
        network(*given)
    if not found:
        raise UnsupportedModel(f"{type(network).__name__} runs no layer with weights; name the layer to look at")
    return found[0].values, found[0].layer
