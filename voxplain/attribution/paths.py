"""Gradients on the straight way from a baseline to a volume, shared by the methods that integrate along it."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from voxplain.attribution.gradient import input_gradient
from voxplain.attribution.memory import measured_batches
from voxplain.attribution.notes import note
from voxplain.attribution.shared_passes import came_back
from voxplain.attribution.stems import Entry
from voxplain.networks.options import check_choice

RULES = ("gauss_legendre", "trapezoid", "midpoint")


@dataclass(frozen=True)
class Points:
    """Where the gradient is asked for: on the way from which start, how far along it, and with what weight in the sum.

    Three tensors (points,): whole numbers, float64 from 0 to 1, and float64.
    """

    start: torch.Tensor
    alpha: torch.Tensor
    weight: torch.Tensor

    @classmethod
    def on_each_way(cls, starts, alphas, weights):
        """``alphas`` and ``weights`` on the way from each of ``starts`` starts, with equal shares in the sum."""
        which = torch.arange(starts).repeat_interleave(len(alphas))
        return cls(which, alphas.repeat(starts), weights.repeat(starts) / starts)

    def of(self, which):
        """Those that the index or mask ``which`` picks."""
        return Points(self.start[which], self.alpha[which], self.weight[which])


def nodes(rule, steps):
    """Where on [0, 1] a rule of ``steps`` points looks, and the weight of each point, float64; the weights sum to 1."""
    check_choice("rule", rule, RULES)
    if rule == "gauss_legendre":
        at, weights = np.polynomial.legendre.leggauss(steps)
        return torch.from_numpy((at + 1) / 2), torch.from_numpy(weights / 2)
    # one point cannot lie at both ends
    if rule == "midpoint" or steps == 1:
        at = torch.arange(steps, dtype=torch.float64)
        return (at + 0.5) / steps, torch.full_like(at, 1 / steps)
    weights = torch.full((steps,), 1 / (steps - 1), dtype=torch.float64)
    weights[[0, -1]] /= 2
    return torch.linspace(0, 1, steps, dtype=torch.float64), weights


def path_gradient(question, volumes, starts, points, max_memory_gb, times_way=True):
    """Sum over ``points`` of weight * (x - x0) * d score / dx at x0 + alpha (x - x0), shaped like ``volumes``.

    ``starts``, (count, *volumes.shape), hold the x0; without ``times_way`` the factor x - x0 is left out. As many
    points of one volume go through the network at a time as fit ``max_memory_gb``, never with those of another volume.

    The first layer, where it is linear, is run at both ends of a way only, and what comes back to it is summed before
    it goes back to the voxels, once for a way.
    """
    lean = question.shared and question.shared.lean(question)
    note("path", "lean graph" if lean else "whole network")
    total = torch.zeros_like(volumes, dtype=torch.promote_types(volumes.dtype, torch.float32))
    ways = points.start.unique()
    # a way with one point is no cheaper in the first layer
    summed = lean and len(points.start) > len(ways)
    for row in range(len(volumes)):
        one = question.of(torch.tensor([row])), volumes[row : row + 1], starts[:, row : row + 1]
        if not summed:
            total[row] = _point_by_point(*one, points, max_memory_gb, times_way)
            continue
        end = lean.stem.of(one[1])
        for way in ways.tolist():
            on, start = points.start == way, starts[way, row]
            found = _along(one[0], lean, lean.stem.of(start[None]), end, points.of(on), max_memory_gb)
            found = lean.stem.back(found, volumes[:1].shape)[0]
            total[row] += (volumes[row] - start) * found if times_way else found
    return total


def _along(question, lean, first, last, points, max_memory_gb):
    """The weighted sum, over points between what the stem makes of both ends, of what comes back to it."""
    total, alphas, weights = torch.zeros_like(first), points.alpha.tolist(), points.weight.tolist()

    def run(start, stop):
        count = stop - start
        way = partial(_between, first, last, alphas[start:stop])
        entry = Entry.summed(way, [0] * count, weights[start:stop], total)
        outputs = lean.outputs(entry)
        came_back(lean, question.of(torch.zeros(count, dtype=torch.long)).scores_of(outputs, count), entry)

    measured_batches(run, len(alphas), max_memory_gb, first.device)
    return total


def _between(first, last, alphas, number):
    # lerp gives the very start at 0 and the very volume at 1
    return torch.lerp(first, last, alphas[number])


def _point_by_point(question, volume, starts, points, max_memory_gb, times_way):
    alphas, weights = (_column(numbers, volume) for numbers in (points.alpha, points.weight))
    total = torch.zeros_like(volume[0], dtype=torch.promote_types(volume.dtype, torch.float32))

    def run(begin, stop):
        start = starts[points.start[begin:stop].to(starts.device), 0]
        at = torch.lerp(start, volume, alphas[begin:stop])
        found = input_gradient(question.of(torch.zeros(stop - begin, dtype=torch.long)), at)
        total.add_((weights[begin:stop] * ((volume - start) * found if times_way else found)).sum(0))

    measured_batches(run, len(alphas), max_memory_gb, volume.device)
    return total


def _column(numbers, volumes):
    return numbers.to(volumes).view(-1, *(1 for _ in volumes.shape[1:]))
