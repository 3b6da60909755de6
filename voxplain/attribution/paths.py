"""Gradients on the straight way from a baseline to a volume, shared by the methods that integrate along it."""

from dataclasses import dataclass

import numpy as np
import torch

from voxplain.attribution.gradient import input_gradient
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


def path_gradient(question, volumes, starts, points, max_batch, times_way=True):
    """Sum over ``points`` of weight * (x - x0) * d score / dx at x0 + alpha (x - x0), shaped like ``volumes``.

    ``starts``, (count, *volumes.shape), hold the x0; without ``times_way`` the factor x - x0 is left out. The points of
    one volume go through the network ``max_batch`` at a time, never with those of another volume.
    """
    total = torch.zeros_like(volumes, dtype=torch.promote_types(volumes.dtype, torch.float32))
    alphas, weights = (_column(numbers, volumes) for numbers in (points.alpha, points.weight))
    for row, volume in enumerate(volumes):
        for part in torch.arange(len(alphas)).split(max_batch):
            start = starts[points.start[part].to(starts.device), row]
            # lerp gives the very start at 0 and the very volume at 1
            at = torch.lerp(start, volume, alphas[part])
            found = input_gradient(question.of(torch.full_like(part, row)), at)
            total[row] += (weights[part] * ((volume - start) * found if times_way else found)).sum(0)
    return total


def _column(numbers, volumes):
    return numbers.to(volumes).view(-1, *(1 for _ in volumes.shape[1:]))
