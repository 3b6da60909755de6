"""Every filter of a network in a table: how large its weights are, and whether it ever says anything."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from voxplain.attribution.untouched import exact_arithmetic, untouched
from voxplain.insight.followed import followed_filters
from voxplain.insight.weights import filter_weights, layers_with_weights
from voxplain.training.shown_batches import shown_batches

# what gives exactly 0, and a gradient of 0, for everything that is not above 0
CUTTING = ("relu", "relu6")
STATES = ("alive", "dead", "zero", "undefined")
COLUMNS = ["layer", "kind", "filter", "inputs", "cells", "l1", "l2", "largest_weight", "bias", "gain", "effective_l2"]
COLUMNS += ["read_at", "smallest", "largest", "above_zero", "scans", "state", "why"]


class _Read:
    """Smallest and largest output of each filter of one layer, over all scans."""

    def __init__(self):
        self.low = self.high = self.above = None
        self.values, self.scans, self.at = 0, 0, ""

    def add(self, step):
        values = step.values.detach().movedim(step.filters.axis, 1)
        values = values.reshape(*values.shape[:2], -1)
        low, high = values.amin((0, 2)), values.amax((0, 2))
        above = (values > 0).any(2).sum(0)
        if self.low is not None:
            low, high, above = torch.minimum(low, self.low), torch.maximum(high, self.high), above + self.above
        self.low, self.high, self.above = low, high, above
        self.values, self.scans = self.values + values[:, 0].numel(), self.scans + len(values)
        self.at = step.name or "layer"


def filter_table(network, volumes=(), *, covariates=None, batch=4, device="cpu"):
    """A row for each filter of ``network``: norms, and what it hands on for ``volumes``, scans that are held out.

    ``l1`` and ``l2`` are norms of its weights. ``gain`` is what the batch norm behind it multiplies by, 1 without one,
    and ``effective_l2`` is l2 times its size, as the length before a batch norm means nothing. What it hands on is read
    behind norm and activation (``read_at``): its ``smallest`` and ``largest`` value, and the share of scans
    (``above_zero``) in which any is above 0. ``state`` is

    - zero: all weights, or the gain, are 0;
    - dead: never above 0 behind a ReLU that is its only way on, or the same value everywhere in all scans;
    - undefined: it did not run, or gave one value in all;
    - alive: anything else.

    Without ``volumes``, ``{(channels, x, y, z)}`` read ``batch`` at a time, none is called dead. covariates: ``(n,
    values)`` of the same scans. Raises UnsupportedModel for a network without weights.
    """
    layers = layers_with_weights(network)
    read, gains, escaped = _outputs(network, volumes, covariates, batch, device) if len(volumes) else ({}, {}, set())
    rows = [row for layer in layers for row in _rows(network, layer, read.get(layer), gains.get(layer), escaped)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _outputs(network, volumes, covariates, batch, device):
    read, gains, escaped, open_steps = {}, {}, set(), {}
    modules = dict(network.named_modules())

    def close(layer):
        step = open_steps.pop(layer, None)
        if step is not None:
            read.setdefault(layer, _Read()).add(step)

    def passed(step):
        layer = step.filters.owner
        if step.kind == "weighted":
            # a layer that runs twice in a pass is read each time
            close(layer)
            open_steps[layer] = step
        elif layer in open_steps and step.kind == "norm":
            open_steps[layer] = step
            gains[layer] = _gain(modules.get(step.layer))
        elif layer in open_steps and step.filters.activated:
            open_steps[layer] = step
            close(layer)

    network.to(device)
    with untouched(network), exact_arithmetic(), torch.no_grad():
        for _, given in shown_batches(volumes, batch, device, covariates):
            with followed_filters(network, passed, escaped=escaped.add):
                network(*given)
            for layer in list(open_steps):
                close(layer)
    return read, gains, escaped


def _gain(norm):
    """What a batch norm multiplies each channel by; None for another norm, which divides by what it is given."""
    if not isinstance(norm, nn.modules.batchnorm._BatchNorm) or norm.running_var is None:
        return None
    scale = (norm.running_var + norm.eps).rsqrt()
    return (scale if norm.weight is None else scale * norm.weight).detach().cpu().double().numpy()


def _rows(network, layer, read, gain, escaped):
    module, weights = network.get_submodule(layer), filter_weights(network, layer).astype(float)
    flat = weights.reshape(len(weights), -1)
    l2 = np.sqrt(np.square(flat).sum(1))
    gain = np.ones(len(flat)) if gain is None else gain
    bias = np.zeros(len(flat)) if module.bias is None else module.bias.detach().cpu().double().numpy()
    seen = {"read_at": "", "smallest": np.nan, "largest": np.nan, "above_zero": np.nan, "scans": 0}
    shared = {"layer": layer, "kind": type(module).__name__, "inputs": weights.shape[1]}
    shared["cells"] = int(np.prod(weights.shape[2:]))
    for place in range(len(flat)):
        if read:
            seen = {"read_at": read.at, "smallest": float(read.low[place]), "largest": float(read.high[place])}
            seen |= {"above_zero": float(read.above[place]) / read.scans, "scans": read.scans}
        own = {"l1": np.abs(flat[place]).sum(), "l2": l2[place], "largest_weight": np.abs(flat[place]).max()}
        own |= {"bias": bias[place], "gain": gain[place], "effective_l2": l2[place] * abs(gain[place])}
        state, why = _state(own, seen, read.values if read else 0, layer in escaped)
        yield shared | {"filter": place} | own | seen | {"state": state, "why": why}


def _state(own, seen, values, escaped):
    if not own["effective_l2"]:
        return "zero", "all weights are 0" if not own["l2"] else "batch norm multiplies it by 0"
    if not values:
        return "undefined", "the layer did not run"
    if np.isnan(seen["largest"]):
        return "undefined", "its output is not finite"
    if seen["read_at"] in CUTTING and seen["above_zero"] == 0 and not escaped:
        return "dead", "never above 0"
    if values == 1:
        return "undefined", "it gave a single value"
    if seen["smallest"] == seen["largest"] and not escaped:
        return "dead", "the same value everywhere"
    return "alive", ""
