"""Group averages of maps, one subject at a time, so that memory does not grow with the cohort."""

from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from voxplain.networks.boxes import in_box
from voxplain.relevance.groups import members


class Row(NamedTuple):
    """One map of one scan: which file holds it and at which place."""

    file: int
    place: int
    subject: str
    scan: str
    label: int | float
    predicted: int | float


@dataclass
class Average:
    """Mean and standard deviation (ddof 1) over the subjects of a group, (x, y, z) float32, and who is in it.

    A group without a map has zeros and a ``note`` that says so; a single subject has a standard deviation of zero and
    a note as well.
    """

    mean: np.ndarray
    sd: np.ndarray
    scans: int
    subjects: int
    note: str


class _Running:
    """Mean and sum of squared deviations after Welford (1962)."""

    def __init__(self, shape):
        self.mean = np.zeros(shape)
        self.squares = np.zeros(shape)
        self.subjects = 0
        self.scans = set()
        self.undefined = 0

    def add(self, values):
        self.subjects += 1
        away = values - self.mean
        self.mean += away / self.subjects
        self.squares += away * (values - self.mean)

    def average(self, group):
        sd = np.sqrt(self.squares / max(self.subjects - 1, 1))
        return Average(
            self.mean.astype(np.float32), sd.astype(np.float32), len(self.scans), self.subjects, self._note(group)
        )

    def _note(self, group):
        notes = []
        if self.subjects == 0:
            notes.append(f"group {group}: no subject; the average is zero everywhere")
        elif self.subjects == 1:
            notes.append(f"group {group}: one subject; the standard deviation is zero everywhere")
        if self.undefined:
            notes.append(f"maps that were not finite and left out: {self.undefined}")
        return "; ".join(notes)


def group_averages(sources, groups, shape):
    """``{group: Average}`` over all maps of ``sources``, in which each subject counts once.

    A source is what ``read_maps`` returns: ``scan``, ``subject``, ``label``, ``predicted`` and ``maps``, read one at a
    time. A subject's map is the mean of its maps that belong to the group (several visits, repeats or seeds); the
    group's is the mean over subjects. Voxels that no network of the sources can see, by the ``seen`` of its card, are
    zero whatever a method left there.
    """
    running = {group: _Running(shape) for group in groups}
    seen = seen_by_any(sources, shape)
    rows = sorted(_rows(sources), key=lambda row: (row.subject, row.scan, row.file, row.place))
    for _, own in groupby(rows, key=lambda row: row.subject):
        _add_subject(running, sources, list(own), seen)
    return {group: running[group].average(group) for group in groups}


def seen_by_any(sources, shape):
    """Voxels of ``shape`` that the network of any source sees, bool; None when one of them does not say."""
    cards = [getattr(source, "about", {}).get("provenance", {}) for source in sources]
    boxes = [card.get("seen") for card in cards if not card.get("empty")]
    if not boxes or None in boxes:
        return None
    return np.any([in_box(box, shape) for box in boxes], axis=0)


def _add_subject(running, sources, rows, seen):
    labels, predicted = [row.label for row in rows], [row.predicted for row in rows]
    inside = {group: members(group, labels, predicted) for group in running}
    sums = dict.fromkeys(running, 0.0)
    numbers = dict.fromkeys(running, 0)
    for position, row in enumerate(rows):
        values = np.asarray(sources[row.file].maps[row.place], np.float64)
        finite = np.isfinite(values).all()
        if seen is not None:
            values = np.where(seen, values, 0)
        for group, chosen in inside.items():
            if chosen[position] and finite:
                sums[group] = sums[group] + values
                numbers[group] += 1
                running[group].scans.add(row.scan)
            elif chosen[position]:
                running[group].undefined += 1
    for group, number in numbers.items():
        if number:
            running[group].add(sums[group] / number)


def _rows(sources):
    for file, source in enumerate(sources):
        columns = zip(source.subject, source.scan, np.asarray(source.label), np.asarray(source.predicted), strict=True)
        for place, (subject, scan, label, predicted) in enumerate(columns):
            yield Row(file, place, str(subject), str(scan), label.item(), predicted.item())
