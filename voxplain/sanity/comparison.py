"""A method's localisation beside maps that cannot have learnt it: network-free maps and an untrained network's.

Differences are method minus reference. Mask, mean T1 and its edges are means over the whole cohort and stay fixed while
subjects are resampled. A random map is another one in each resample, so its interval holds both sources of chance. The
untrained network is compared over the scans that both have maps of, subjects resampled together.
"""

from dataclasses import dataclass

import numpy as np

from voxplain.sanity.localisation import UNDEFINED, Interval, group_scores, interval, resampled_scores, subject_maps
from voxplain.sanity.references import matched_random_maps
from voxplain.sanity.voxel_scores import MEASURES, voxel_scores

RANDOM_MAPS = 50
NETWORK_FREE = ("mask", "mean_t1", "edges")
COLUMNS = [
    *("map", "kind", "subjects", "measure", "value", "low", "high"),
    *("difference", "difference_low", "difference_high", "closest", "chance"),
]


@dataclass(frozen=True, eq=False)
class Scored:
    """One map of a comparison: its MEASURES, ``value`` (5,), and those of its resamples, (resamples, 5).

    ``difference`` is what the method scores more than it, ``difference_resampled`` likewise; None of the method itself.
    """

    map: str
    kind: str
    subjects: int
    value: np.ndarray
    resampled: np.ndarray
    difference: np.ndarray | None = None
    difference_resampled: np.ndarray | None = None


def scored_maps(maps, untrained, target, network_free, *, resamples, seed):
    """`Scored` of the method itself, the untrained network, ``random`` and each of ``network_free``.

    ``maps`` and ``untrained`` are lists of what ``read_maps`` returns; ``target`` a `Target`; ``network_free`` names
    maps (x, y, z); ``seed`` is a sequence of integers.
    """
    subjects, own = subject_maps(maps, target.region)
    method = Scored(
        *("method", "method", len(own)), group_scores(own, target), resampled_scores(own, target, resamples, seed)
    )
    found = [method, _untrained(untrained, subjects, own, target, resamples, seed), _random(own, method, target, seed)]
    for name, reference in network_free.items():
        other = voxel_scores(np.asarray(reference)[target.region], target)
        fixed = np.broadcast_to(other, method.resampled.shape)
        found.append(_beside(method, name, "reference", len(own), other, fixed))
    return found


def compared(scored, chance):
    """Rows (dicts) of COLUMNS, for each of the MEASURES one of every map that is `Scored`, the method's first.

    ``kind`` is method, untrained or reference. The method's own difference is the one whose interval begins lowest, and
    ``closest`` names that reference. ``chance`` is what the `Target` says of each measure.
    """
    rows = []
    for place, measure in enumerate(MEASURES):
        same = [_row(one, place) | {"measure": measure, "chance": chance[measure]} for one in scored]
        known = [row for row in same[1:] if not np.isnan(row["difference_low"])]
        if known:
            least = min(known, key=lambda row: row["difference_low"])
            same[0] |= {name: least[name] for name in ("difference", "difference_low", "difference_high")}
            same[0]["closest"] = least["map"]
        rows += same
    return rows


def nothing_compared():
    """The rows of `compared` without a number, for maps that do not lie where the truth is known."""
    kinds = {"method": "method", "untrained": "untrained"} | dict.fromkeys(("random", *NETWORK_FREE), "reference")
    nothing = np.full(len(MEASURES), np.nan)
    scored = [Scored(name, kind, 0, nothing, nothing[None]) for name, kind in kinds.items()]
    return compared(scored, dict.fromkeys(MEASURES, np.nan))


def _untrained(sources, subjects, own, target, resamples, seed):
    shared, other = subject_maps(sources, target.region)
    own = own[[subjects.index(subject) for subject in shared]]
    value, resampled = group_scores(other, target), resampled_scores(other, target, resamples, seed)
    beside = Scored(
        *("method", "method", len(own)), group_scores(own, target), resampled_scores(own, target, resamples, seed)
    )
    return _beside(beside, "untrained", "untrained", len(shared), value, resampled)


def _random(own, method, target, seed):
    if np.isnan(method.value).all():
        nothing = np.full((1, len(MEASURES)), np.nan)
        return _beside(method, "random", "reference", len(own), nothing[0], nothing)
    group_map = np.zeros(target.region.shape)
    group_map[target.region] = own.mean(axis=0)
    draws = matched_random_maps(group_map, target.region, RANDOM_MAPS, seed)
    others = np.array([voxel_scores(np.abs(drawn[target.region]), target) for drawn in draws])
    mean, in_turn = others.mean(axis=0), others[np.arange(len(method.resampled)) % RANDOM_MAPS]
    differences = method.value - mean, method.resampled - in_turn
    return Scored("random", "reference", len(own), mean, others, *differences)


def _beside(method, name, kind, subjects, value, resampled):
    return Scored(name, kind, subjects, value, resampled, method.value - value, method.resampled - resampled)


def _row(one, place):
    found = _within(interval(one.value[place], one.resampled[:, place]), 0)
    less = UNDEFINED if one.difference is None else _difference(one, place)
    about = {"map": one.map, "kind": one.kind, "subjects": one.subjects, "closest": ""}
    about |= dict(zip(("value", "low", "high"), found, strict=True))
    return about | dict(zip(("difference", "difference_low", "difference_high"), less, strict=True))


def _difference(one, place):
    return _within(interval(one.difference[place], one.difference_resampled[:, place]), -1)


def _within(found, least):
    """An interval cut to where a measure, or a difference of two, can lie: one that was moved may reach beyond."""
    return Interval(*np.clip(found, least, 1).tolist())
