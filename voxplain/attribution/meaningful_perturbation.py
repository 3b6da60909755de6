"""Meaningful perturbation: the smallest smooth mask whose covering takes the score away, or that keeps it.

Fong, Vedaldi 2017, arXiv 1704.03296; for brain volumes Kan et al. 2020, arXiv 2006.15969.
"""

import torch

from voxplain.attribution.baselines import BLUR
from voxplain.attribution.coarse_masks import gaussian_weights, mask_matrices
from voxplain.attribution.fills import fills
from voxplain.attribution.grids import spread
from voxplain.attribution.mask_search import best_cells, covered
from voxplain.attribution.notes import note
from voxplain.attribution.perturbation_settings import perturbation_settings


def meaningful_perturbation(
    question,
    volumes,
    *,
    form="deletion",
    preset="smooth",
    fill=None,
    goal=None,
    objective=None,
    l1=None,
    tv=None,
    beta=None,
    mask_scale=None,
    mask_blur=None,
    kernel=None,
    iterations=None,
    rate=None,
    decay=None,
    samples=None,
    jitter=None,
    seed=0,
):
    """Where a volume must be covered for its score to go (1: here, 0: not), the same for each channel; from 0 to 1.

    With M the mask m, cells of ``mask_scale`` voxels, laid over the voxels and smoothed by a Gaussian of ``mask_blur``:
    ``form="deletion"`` gives 1 - M for the m with the least
        max(s(M x + (1 - M) fill) - goal, 0) + l1 mean(1 - m) + tv TV_beta(M),
    ``"preservation"`` gives M for the least max(s(x) - goal - s(M x + (1 - M) fill), 0) + l1 mean(m) + tv TV_beta(M).
    s is the score (``objective="score"``, for probabilities), or what is left of the drop that covering everything
    makes (``"share"``: 1 for x, 0 for the fill, whatever the score's unit), at the mean over ``samples`` shifts of the
    volume, drawn anew from ``seed`` in each iteration, by up to ``jitter`` voxels. ``fill`` is what `fills` knows.

    Adam takes ``iterations`` steps of ``rate``, times ``decay[1]`` after every ``decay[0]``, or falling along half a
    cosine to nothing (``decay="cosine"``); the mask with the least total is kept. Options that are None are those of
    the ``preset`` (see `perturbation_settings`): "smooth", "kan2020" with the published values, or "kan2020_fast",
    which looks for the same with a fiftieth of the passes and keeps the last mask. Notes ``score_left``: s of each
    volume under its mask. Raises UnsupportedModel when no gradient flows from the score to the volume.
    """
    given = {"fill": fill, "goal": goal, "objective": objective, "l1": l1, "tv": tv, "beta": beta}
    given |= {"mask_scale": mask_scale, "mask_blur": mask_blur, "kernel": kernel, "iterations": iterations}
    given |= {"rate": rate, "decay": decay, "samples": samples, "jitter": jitter}
    settings = perturbation_settings(form, preset, given, seed)
    question = question.settled(volumes)
    covering = _covering(settings, volumes)
    measure, whole = _measure(question, volumes, covering, settings.objective)
    matrices = mask_matrices(volumes.shape[2:], settings.mask_scale, settings.mask_blur, settings.kernel)
    with torch.no_grad():
        best = best_cells(measure, whole, volumes, covering, matrices, settings)
        masks = spread(best, matrices)[:, None].to(volumes.dtype)
        note("score_left", measure(covered(volumes, covering, masks)).mean(0).tolist())
        if settings.shown == "cells":
            matrices = mask_matrices(volumes.shape[2:], settings.mask_scale, 0)
        # rows of a matrix sum to one but for rounding
        maps = spread(1 - best if form == "deletion" else best, matrices).clamp(0, 1)
    return maps.to(volumes.dtype)[:, None].expand_as(volumes).clone()


def _covering(settings, volumes):
    """(count, batch, channels, *spatial)."""
    fill = {"blur": BLUR} if isinstance(settings.fill, str) and settings.fill == "blur" else settings.fill
    made = fills(fill, volumes, settings.seed)
    if settings.kernel and isinstance(fill, dict) and set(fill) == {"blur"}:
        flat = volumes.flatten(0, 1)
        weights = [gaussian_weights(length, fill["blur"], settings.kernel) for length in flat.shape[1:]]
        return spread(flat, weights).view_as(volumes)[None]
    return made


def _measure(question, volumes, covering, objective):
    """A function of volumes (count, batch, ...) that gives s, (count, batch); and s of the volumes themselves."""

    def scores(covered):
        return torch.stack([question.scores(one) for one in covered])

    with torch.no_grad():
        whole = scores(volumes.clone()[None])[0]
        if objective == "score":
            return scores, whole
        drop = (whole - scores(covering.clone()).mean(0)).abs()
        # where covering everything changes no more than rounding does, a drop of one unit is asked for
        drop = torch.where(drop > torch.finfo(drop.dtype).eps ** 0.5 * whole.abs(), drop, 1)
    return lambda covered: 1 + (scores(covered) - whole) / drop, torch.ones_like(whole)
