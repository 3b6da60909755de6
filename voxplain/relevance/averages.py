"""Group averages of maps, a range of voxels at a time, so that memory does not grow with the cohort."""

from dataclasses import dataclass, field

import numpy as np

from voxplain.relevance.first_look import first_look, top_threshold
from voxplain.relevance.map_rows import grouped_rows, map_rows, seen_by_any, subjects_of
from voxplain.relevance.open_maps import OpenMaps

# raw: the maps as they are; scaled: each divided by the mean norm of its split's maps, so that splits are comparable
SCALES = ("raw", "scaled")
MEASURES = ("mean", "sd", "median", "top")
TOP = 0.05
# Bytes of maps read at once, and how many maps and numbers are multiplied at once
BLOCK_BYTES = 2**26
_TOGETHER = 64
_SOME = 16
_IN_CACHE = 2**17


@dataclass
class Average:
    """The averages of one group, and who is in it.

    ``of[scale, measure]`` is an image (x, y, z) float32: ``mean``, ``sd`` (ddof 1) and ``median`` over subjects, both
    ``raw`` and ``scaled``; under ``scaled`` also ``top``, the share of subjects who have the voxel among the strongest
    of their own map. A group without a map has zeros and a ``note`` that says so; a single subject has a standard
    deviation of zero and a note as well.
    """

    of: dict = field(default_factory=dict)
    scans: int = 0
    subjects: int = 0
    note: str = ""

    @property
    def mean(self):
        return self.of["raw", "mean"]

    @property
    def sd(self):
        return self.of["raw", "sd"]


def group_averages(
    sources,
    groups,
    shape,
    further=None,
    *,
    mask=None,
    measures=MEASURES,
    scales=SCALES,
    top=TOP,
    block_bytes=BLOCK_BYTES,
):
    """``{group: Average}`` over all maps of ``sources``, in which each subject counts once.

    A source is what ``read_maps`` returns. A subject's map is the mean of its maps that belong to the group (several
    visits, repeats or seeds); the group's is over subjects. Voxels that no network of the sources can see, by the
    ``seen`` of its card, are zero whatever a method left there.

    groups: names that `members` knows; further: ``{group: bool (maps,)}``, in the order of `map_rows`. mask: bool
    (x, y, z) in which maps are measured for their scale and their ``top`` share of voxels, all that is seen where None.
    """
    rows, seen = map_rows(sources), seen_by_any(sources, shape)
    inside = np.ones(shape, bool) if mask is None else np.asarray(mask, bool)
    inside = np.ravel(inside if seen is None else inside & seen)
    chosen = grouped_rows(rows, groups) | (further or {})
    asked = [(scale, measure) for scale in scales for measure in measures if measure != "top" or scale == "scaled"]
    with OpenMaps(sources, rows, seen) as maps:
        look = first_look(maps, rows, inside, top if ("scaled", "top") in asked else None)
        people = _People(rows, chosen, look)
        averages = {
            group: Average(
                {one: np.zeros(shape, np.float32) for one in asked}, *people.counts(group), people.note(group)
            )
            for group in chosen
        }
        thresholds = people.thresholds(maps, inside, top) if ("scaled", "top") in asked else None
        step = max(block_bytes // (4 * max(len(people.used), 1)), 1)
        for start in range(0, inside.size if people.members else 0, step):
            stop = min(start + step, inside.size)
            block = maps.block(people.used, start, stop)
            for scale in scales:
                values = people.values(block, scale)
                found = _measured(values, people, [measure for one, measure in asked if one == scale])
                if scale == "scaled" and thresholds is not None:
                    size = np.abs(people.values(block, "raw" if people.single else scale))
                    found["top"] = people.shares((size >= thresholds[:, None]) & inside[start:stop])
                for measure, images in found.items():
                    for group, image in zip(people.members, images, strict=True):
                        averages[group].of[scale, measure].reshape(-1)[start:stop] = image
    return averages


class _People:
    """Whose maps are averaged in which groups: a person is a subject with those of its maps that a group holds.

    Who has the same maps in several groups is one person; ``members`` has the persons of each group that has any.
    """

    def __init__(self, rows, chosen, look):
        self.scale, self.rows, self.look, self.chosen = look.scale, rows, look, chosen
        known, self.members = {}, {}
        for group, inside in chosen.items():
            own = [tuple(numbers) for _, numbers in subjects_of(rows, inside & look.finite)]
            if own:
                self.members[group] = np.array([known.setdefault(one, len(known)) for one in own])
        self.maps = list(known)
        # in the order of persons, so that where each has one map the maps read are the persons'
        self.used = list(dict.fromkeys(number for one in self.maps for number in one))
        position = {number: place for place, number in enumerate(self.used)}
        self.places = [[position[number] for number in one] for one in self.maps]
        self.single = all(len(one) == 1 for one in self.maps)
        self.weights = np.zeros((len(self.members), len(self.maps)))
        for weights, persons in zip(self.weights, self.members.values(), strict=True):
            weights[persons] = 1
        self.sizes = self.weights.sum(axis=1)

    def values(self, block, scale):
        """The map of each person, (persons, voxels) float32, of the maps ``block`` of all that are used."""
        if scale == "scaled":
            block = block / self.scale[self.used, None].astype(np.float32)
        if self.places == [[place] for place in range(len(block))]:
            return block
        return np.stack([block[one[0]] if len(one) == 1 else block[one].mean(axis=0) for one in self.places])

    def thresholds(self, maps, inside, share):
        """Where the top of each person's map begins, (persons,): of raw maps where all have one map, else of scaled."""
        if self.single:
            return self.look.top[self.used].astype(np.float32)
        found = np.empty(len(self.maps), np.float32)
        for person, numbers in enumerate(self.maps):
            block = maps.block(numbers, 0, len(inside)) / self.scale[list(numbers), None].astype(np.float32)
            found[person] = top_threshold((block[0] if len(block) == 1 else block.mean(axis=0))[inside], share)
        return found

    def shares(self, flags):
        """The share of each group's persons whose flag is set, (groups, voxels), of ``flags`` (persons, voxels)."""
        return np.stack([flags[persons].mean(axis=0) for persons in self.members.values()])

    def counts(self, group):
        """How many scans and subjects the group's averages are of."""
        own = self.rows[self.chosen[group] & self.look.finite]
        return own["scan"].nunique(), own["subject"].nunique()

    def note(self, group):
        notes, (_, subjects) = [], self.counts(group)
        if subjects == 0:
            notes.append(f"group {group}: no subject; the average is zero everywhere")
        elif subjects == 1:
            notes.append(f"group {group}: one subject; the standard deviation is zero everywhere")
        if undefined := int((self.chosen[group] & ~self.look.finite).sum()):
            notes.append(f"maps that were not finite and left out: {undefined}")
        return "; ".join(notes)


def _measured(values, people, measures):
    """``{measure: (groups, voxels)}`` of ``values`` (persons, voxels)."""
    found = {}
    if "mean" in measures or "sd" in measures:
        found["mean"], found["sd"] = _means(values, people.weights, people.sizes)
    if "median" in measures:
        ordered = np.ascontiguousarray(values.T)
        found["median"] = np.stack([_medians(ordered, persons) for persons in people.members.values()])
    return {measure: image for measure, image in found.items() if measure in measures}


def _means(values, weights, sizes):
    """Means and standard deviations (groups, voxels): float32 products of a few maps at a time, summed in float64."""
    means, sds = (np.empty((len(sizes), values.shape[1])) for _ in range(2))
    sizes, step, weights = sizes[:, None], _IN_CACHE // _TOGETHER, weights.astype(np.float32)
    for start in range(0, values.shape[1], step):
        own = values[:, start : start + step]
        # about the mean of some, so that a constant has no spread and a small one is not lost beside a large mean
        middle = own[:_SOME].mean(axis=0, dtype=np.float64).astype(np.float32)
        sums, squares = (np.zeros((len(sizes), own.shape[1])) for _ in range(2))
        for first in range(0, len(own), _TOGETHER):
            away = own[first : first + _TOGETHER] - middle
            sums += weights[:, first : first + _TOGETHER] @ away
            np.multiply(away, away, out=away)
            squares += weights[:, first : first + _TOGETHER] @ away
        means[:, start : start + step] = middle + sums / sizes
        squares -= sums**2 / sizes
        sds[:, start : start + step] = np.sqrt(np.maximum(squares, 0) / np.maximum(sizes - 1, 1))
    return means, sds


def _medians(ordered, persons):
    own = ordered if len(persons) == ordered.shape[1] else ordered[:, persons]
    middle = sorted({(len(persons) - 1) // 2, len(persons) // 2})
    return np.partition(own, middle, axis=1)[:, middle].mean(axis=1)
