"""For a group of boxes: where the windows of all values lie, what each operation fetches, and the memory it takes."""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch

from voxplain.attribution.alike import alike
from voxplain.attribution.fetching import fetch
from voxplain.attribution.reach import Reach, Windows

# moving a number about takes as long as so many multiplications
MOVING = 30


@dataclass(frozen=True)
class Plan:
    """``windows`` of a group of boxes and ``fetches``, {value: a `Fetch` for each input}; ``bytes_each`` of a box."""

    windows: Windows
    fetches: dict
    bytes_each: int


def window_plans(flow, shapes, sizes, boxes):
    """A `Plan` for each group of the ``boxes``, (start, stop) per axis, that reach anything.

    ``shapes`` are the spatial shapes of local values, ``sizes`` the bytes of all whole ones.
    """
    reach = Reach(flow, shapes, np.array(boxes, dtype=np.int64).reshape(len(boxes), -1, 2))
    costs = {value: flow.operations[value].work + MOVING * _bytes(value, shapes, sizes) // 4 for value in flow.windowed}
    plans = []
    for numbers in alike(reach, costs):
        windows = reach.windows(numbers)
        fetches = {value: _fetches(flow, shapes, value, windows) for value in flow.windowed}
        plans.append(Plan(windows, fetches, _bytes_each(flow, shapes, sizes, windows, fetches)))
    return plans


def _bytes(value, shapes, sizes):
    """Bytes of one cell, all channels."""
    return sizes[value] // prod(shapes[value])


def _fetches(flow, shapes, value, windows):
    one, starts, lengths = flow.operations[value], windows.starts[value], windows.lengths[value]
    if one.moves:
        seen = [one.moves.seen(axis, starts[:, axis], count) for axis, count in enumerate(lengths)]
        starts, lengths = np.stack([first for first, _ in seen], 1), tuple(count for _, count in seen)
    fill = one.moves.fill if one.moves else 0.0
    found = []
    for name in one.inputs:
        patches = windows.starts[name], windows.lengths[name]
        found.append(fetch((name, fill), shapes[name], *patches, starts, lengths))
    return found


def _bytes_each(flow, shapes, sizes, windows, fetches):
    """The most memory that one box needs at a time."""

    def of(value, lengths):
        return _bytes(value, shapes, sizes) * prod(lengths)

    live = {flow.source: of(flow.source, windows.lengths[flow.source])}
    most = live[flow.source]
    for value, one in flow.operations.items():
        live[value] = of(value, windows.lengths[value]) if value in flow.local else sizes.get(value, 0)
        fetched = [of(name, here.lengths) for name, here in zip(one.inputs, fetches.get(value, ()), strict=False)]
        if one.kind == "whole":
            fetched = [sizes.get(name, 0) for name in one.inputs]
        most = max(most, sum(live.values()) + sum(fetched))
        for name in flow.done[value]:
            del live[name]
    return most


def around(known, name, spatial, fetched, padded):
    """``padded``, (tensor, cells before it per axis), of a ``known`` value with all the cells that ``fetched`` sees."""
    before, behind = fetched.around(spatial)
    tensor, there = padded or (known, (0,) * len(before))
    more = [max(one - have, 0) for one, have in zip(before, there, strict=True)]
    lengths = zip(tensor.shape[2:], spatial, there, behind, strict=True)
    after = [max(want - (length - whole - have), 0) for length, whole, have, want in lengths]
    if any(more) or any(after):
        pads = [pad for pair in zip(reversed(more), reversed(after), strict=True) for pad in pair]
        tensor = torch.nn.functional.pad(tensor, pads, value=name[1])
    return tensor, tuple(have + one for have, one in zip(there, more, strict=True))
