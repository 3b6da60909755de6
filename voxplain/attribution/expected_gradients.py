"""Expected gradients: integrated gradients averaged over many references, such as the healthy volumes of a cohort.

Erion, Janizek, Sturmfels, Lundberg, Lee 2021, arXiv 1906.10670.
"""

import torch

from voxplain.attribution.baselines import baselines
from voxplain.attribution.completeness import report_completeness
from voxplain.attribution.memory import MAX_MEMORY_GB, batch_size
from voxplain.attribution.paths import Points, path_gradient
from voxplain.errors import SettingsError
from voxplain.networks.options import whole_number


def expected_gradients(question, volumes, *, references=None, samples=200, seed=0, max_memory_gb=MAX_MEMORY_GB):
    """Mean over drawn references x' and alphas of (x - x') * d score / dx at x' + alpha (x - x'), like ``volumes``.

    ``references`` is what `baselines` takes, as a rule a tensor (count, 1, channels, *spatial). Each of ``samples``
    draws one reference and an alpha, the same for every volume, from ``seed`` alone: references come equally often, as
    near as ``samples`` allows, and one alpha lies in each of ``samples`` equal parts of [0, 1]. A map sums to score(x)
    - mean score(x'), up to chance: the notes' ``completeness_error``.
    """
    if references is None:
        raise SettingsError("expected_gradients has no references; give volumes (count, 1, channels, *spatial)")
    seed = whole_number("seed", seed, least=0)
    batch_size(1, max_memory_gb)
    starts = baselines(references, volumes, "references")
    points = draws(len(starts), whole_number("samples", samples), seed)
    question = question.settled(volumes)
    maps = path_gradient(question, volumes, starts, points, max_memory_gb)
    shares = torch.bincount(points.start, minlength=len(starts)) / len(points.start)
    report_completeness("expected_gradients", question, volumes, starts, maps, "raise samples", shares)
    return maps


def draws(references, samples, seed):
    """The ``Points`` of ``samples`` samples on the ways from ``references`` references."""
    generator = torch.Generator().manual_seed(seed)
    rounds = -(-samples // references)
    order = torch.cat([torch.randperm(references, generator=generator) for _ in range(rounds)])[:samples]
    part = torch.randperm(samples, generator=generator)
    within = torch.rand(samples, dtype=torch.float64, generator=generator)
    return Points(order, (part + within) / samples, torch.full_like(within, 1 / samples))
