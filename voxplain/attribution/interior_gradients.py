"""Interior gradients: the gradient at scaled-down volumes, where the score is not yet saturated.

Sundararajan, Taly, Yan 2016, arXiv 1611.02639.
"""

import torch

from voxplain.attribution.baselines import baselines
from voxplain.attribution.gradient import formed
from voxplain.attribution.memory import MAX_MEMORY_GB, batch_size
from voxplain.attribution.paths import Points, path_gradient
from voxplain.errors import SettingsError


def interior_gradients(
    question, volumes, *, alphas=(0.1, 0.3, 0.5, 0.7, 0.9), baseline="zero", form="signed", max_memory_gb=MAX_MEMORY_GB
):
    """Mean over ``alphas`` of d score / dx at x0 + alpha (x - x0), shaped like ``volumes``.

    With alpha 1 alone it is the gradient; with evenly spaced midpoints, times x - x0, integrated gradients by that
    rule. ``baseline`` is x0, see `baselines`, and the mean is also over several; ``form`` is applied to the mean:
    ``"signed"``, ``"abs"`` or ``"square"``. As many points of a volume go through the network at
    once as fit ``max_memory_gb``, of 1e9 bytes.
    """
    alphas = _checked(alphas)
    weights = torch.full_like(alphas, 1 / len(alphas))
    batch_size(1, max_memory_gb)
    starts = baselines(baseline, volumes)
    points = Points.on_each_way(len(starts), alphas, weights)
    return formed(
        path_gradient(question.settled(volumes), volumes, starts, points, max_memory_gb, times_way=False), form
    )


def _checked(alphas):
    values = list(alphas) if isinstance(alphas, list | tuple) else [alphas]
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= 1 for one in values)
    if not values or not numbers:
        raise SettingsError(f"alphas is {alphas!r}; give numbers from 0 (the baseline) to 1 (the volume)")
    return torch.tensor(values, dtype=torch.float64)
