"""A method's localisation beside maps that cannot have learnt it: network-free maps and an untrained network's.

Differences are method minus reference. Mask, mean T1 and its edges are means over the whole cohort and stay fixed while
subjects are resampled. A random map is another one in each resample, so its interval holds both sources of chance. The
untrained network is compared over the scans that both have maps of, subjects resampled together.
"""

import numpy as np

from voxplain.sanity.localisation import (
    UNDEFINED,
    Interval,
    group_auc,
    interval,
    resampled_aucs,
    subject_maps,
    weighted_auc,
)
from voxplain.sanity.references import matched_random_maps

RANDOM_MAPS = 50
COLUMNS = [
    *("map", "kind", "subjects", "auc", "low", "high"),
    *("difference", "difference_low", "difference_high", "closest"),
]


def compared(maps, untrained, truth, region, network_free, *, resamples, seed):
    """Rows (dicts) for the method itself, the untrained network, ``random`` and each of ``network_free``.

    ``maps`` and ``untrained`` are lists of what ``read_maps`` returns; ``truth`` (x, y, z) in [0, 1]; ``region`` the
    voxels that count, (x, y, z); ``network_free`` names maps (x, y, z); ``seed`` a sequence of integers. A row has
    ``map``, ``kind`` (method, untrained, reference), ``subjects``, ``auc``, ``low``, ``high``, ``difference``,
    ``difference_low``, ``difference_high`` and ``closest``. The method's own difference is the one whose interval
    begins lowest, and ``closest`` names that reference.
    """
    region = region > 0
    truth = np.clip(truth[region], 0, 1)
    subjects, own = subject_maps(maps, region)
    auc, aucs = group_auc(own, truth), resampled_aucs(own, truth, resamples, seed)
    rows = [_untrained_row(untrained, subjects, own, truth, region, resamples, seed)]
    rows.append(_random_row(own, auc, aucs, truth, region, seed))
    for name, reference in network_free.items():
        other = weighted_auc(reference[region], truth)
        fixed = np.full(resamples, other)
        rows.append(_row(name, "reference", len(own), interval(other, fixed), interval(auc - other, aucs - fixed)))
    least = min(rows, key=lambda row: np.nan_to_num(row["difference_low"], nan=np.inf))
    difference = UNDEFINED if np.isnan(least["difference_low"]) else _difference_of(least)
    closest = "" if difference is UNDEFINED else least["map"]
    return [_row("method", "method", len(own), interval(auc, aucs), difference, closest), *rows]


def nothing_compared(network_free):
    """The rows of `compared` without a number, for maps that do not lie where the truth is known."""
    kinds = {"method": "method", "untrained": "untrained"} | dict.fromkeys(("random", *network_free), "reference")
    return [_row(name, kind, 0, UNDEFINED, UNDEFINED) for name, kind in kinds.items()]


def _untrained_row(sources, subjects, own, truth, region, resamples, seed):
    shared, other = subject_maps(sources, region)
    own = own[[subjects.index(subject) for subject in shared]]
    auc, aucs = group_auc(other, truth), resampled_aucs(other, truth, resamples, seed)
    difference = interval(group_auc(own, truth) - auc, resampled_aucs(own, truth, resamples, seed) - aucs)
    return _row("untrained", "untrained", len(shared), interval(auc, aucs), difference)


def _random_row(own, auc, aucs, truth, region, seed):
    if np.isnan(auc):
        return _row("random", "reference", len(own), UNDEFINED, UNDEFINED)
    group_map = np.zeros(region.shape)
    group_map[region] = own.mean(axis=0)
    draws = matched_random_maps(group_map, region, RANDOM_MAPS, seed)
    others = np.array([weighted_auc(np.abs(drawn[region]), truth) for drawn in draws])
    in_turn = others[np.arange(len(aucs)) % RANDOM_MAPS]
    difference = interval(auc - others.mean(), aucs - in_turn)
    return _row("random", "reference", len(own), interval(others.mean(), others), difference)


def _row(name, kind, subjects, auc, difference, closest=""):
    return dict(zip(COLUMNS, (name, kind, subjects, *auc, *difference, closest), strict=True))


def _difference_of(row):
    return Interval(row["difference"], row["difference_low"], row["difference_high"])
