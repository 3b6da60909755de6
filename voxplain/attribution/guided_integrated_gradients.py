"""Guided integrated gradients: the way to the volume that moves the voxels with the lowest partial derivative first.

Kapishnikov, Venugopalan, Avci, Wedin, Terry, Bolukbasi 2021, arXiv 2106.09788.
"""

from math import floor

import torch

from voxplain.attribution.baselines import baselines
from voxplain.attribution.completeness import report_completeness
from voxplain.attribution.gradient import input_gradient
from voxplain.attribution.memory import MAX_MEMORY_GB, batch_size
from voxplain.attribution.paths import Points, nodes, path_gradient
from voxplain.errors import SettingsError
from voxplain.networks.options import share, whole_number


def guided_integrated_gradients(
    question, volumes, *, baseline="zero", steps=50, points=3, fraction=0.25, max_dist=0.02, max_memory_gb=MAX_MEMORY_GB
):
    """Sum over the ``steps`` of a way from x0 to x of the step times the mean d score / dx on it, like ``volumes``.

    A voxel stands at x0 + a (x - x0) with its own a, which only grows. After step k the way's length, the sum of
    |x - x0| * a, is k / steps of the whole. In a step no a may leave k / steps +- ``max_dist`` (0: the straight way; 1:
    no bounds); within it the ``fraction`` of all voxels with the lowest |d score / dx| moves first, all by the same
    share of what is left to them, then the next. The mean on a step is that of ``points`` points by Gauss and Legendre;
    with ``points=0``, as published with 200 steps, the gradient where the step begins stands for it, which in ReLU
    networks misses completeness however small the steps: low gradients lead the way back and forth over the same kinks.

    A map sums to score(x) - score(x0), up to what is missed: the notes' ``completeness_error``. ``baseline`` is x0, see
    `baselines`; the maps of several are averaged. As many points of a volume go through the network at
    once as fit ``max_memory_gb``, of 1e9 bytes.
    """
    steps, points = whole_number("steps", steps), whole_number("points", points, least=0)
    batch_size(1, max_memory_gb)
    fraction = share("fraction", fraction)
    if isinstance(max_dist, bool) or not isinstance(max_dist, int | float) or not 0 <= max_dist <= 1:
        raise SettingsError(f"max_dist is {max_dist!r}; give a number from 0 to 1")
    starts = baselines(baseline, volumes)
    question = question.settled(volumes)
    mean = Points.on_each_way(1, *nodes("gauss_legendre", points)) if points else None
    maps = torch.zeros_like(volumes)
    for start in starts:
        for here, there, slope in steps_of_way(question, volumes, start, steps, fraction, max_dist):
            step = path_gradient(question, there, here[None], mean, max_memory_gb) if points else (there - here) * slope
            maps += step / len(starts)
    report_completeness("guided_integrated_gradients", question, volumes, starts, maps, "raise steps or points")
    return maps


def steps_of_way(question, volumes, start, steps, fraction, max_dist):
    """Yield where each step begins and ends, and the gradient where it begins, each shaped like ``volumes``."""
    lengths = (volumes - start).abs()
    place, here = torch.zeros_like(volumes), start
    for step in range(1, steps + 1):
        slope = input_gradient(question, here)
        rows = zip(place.flatten(1), lengths.flatten(1), slope.flatten(1).abs(), strict=True)
        place = torch.stack([moved(*row, step / steps, fraction, max_dist) for row in rows]).view_as(place)
        there = torch.lerp(start, volumes, place)
        yield here, there, slope
        here = there


def moved(place, length, slope, share, fraction, max_dist):
    """``place`` (voxels,), each from 0 to 1 on its way of ``length``, moved to ``share`` of the summed length.

    Voxels with the lowest ``slope`` go first, ``fraction`` of all at a time; none leaves ``share`` +- ``max_dist``.
    """
    if share == 1:
        return torch.ones_like(place)
    low, high = max(share - max_dist, 0), min(share + max_dist, 1)
    place = place.clamp(min=low)
    missing = float(share * length.sum(dtype=torch.float64) - (place * length).sum(dtype=torch.float64))
    # a voxel that has no way to go, or has gone as far as it may, does not count
    slopes, order = torch.where((length > 0) & (place < high), slope, torch.inf).sort(stable=True)
    left = int((slopes < torch.inf).sum())
    size, first = floor(fraction * (len(place) - 1)) + 1, 0
    while missing > 0 and first < left:
        # equal slopes stay together, so that the order of the voxels plays no part
        stop = int(torch.searchsorted(slopes[:left], slopes[min(first + size, left) - 1], right=True))
        group = order[first:stop]
        room = float(((high - place[group]) * length[group]).sum(dtype=torch.float64))
        # the products of a blur's last traces round to no room at all
        place[group] += (min(missing / room, 1) if room else 1) * (high - place[group])
        missing, first = missing - room, stop
    return place
