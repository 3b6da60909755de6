"""How far maps that should sum to a difference of scores miss it."""

import logging

import torch

from voxplain.attribution.notes import note

log = logging.getLogger(__name__)
LARGE = 0.05  # of the difference of scores


def report_completeness(method, question, volumes, starts, maps, remedy, shares=None):
    """Note ``completeness_error``, sum of the map - (score(x) - mean score(x0)), and ``score_difference``, for each.

    ``starts`` are the x0, (count, batch, channels, *spatial), passed once each without a gradient; ``shares`` (count,)
    weight them in the mean, by default equally. An error above 5 % of the difference goes to the log as a warning,
    with the ``remedy``.
    """
    shares = torch.full((len(starts),), 1 / len(starts)) if shares is None else shares
    difference = question.plain_scores(volumes).double()
    for start, weight in zip(starts, shares.tolist(), strict=True):
        if weight:
            difference = difference - weight * question.plain_scores(start).double()
    error = maps.flatten(1).double().sum(1) - difference
    note("completeness_error", error.tolist())
    note("score_difference", difference.tolist())
    excess = error.abs() - LARGE * difference.abs()
    worst = int(excess.argmax())
    if excess[worst] > 0:
        log.warning(
            "%s: the map of volume %d sums to %.4g, but the score changes by %.4g from baseline to volume; %s",
            *(method, worst, float(error[worst] + difference[worst]), float(difference[worst]), remedy),
        )
