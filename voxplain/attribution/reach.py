"""How far boxes of a volume reach into the values of a network, and windows of equal size that hold it."""

from dataclasses import dataclass
from math import prod

import numpy as np

# a window of more than this share of a value is the whole of it, which need not be gathered
FULL = 0.7
_FAR = 2**40


@dataclass(frozen=True)
class Windows:
    """Where the windows of a group of boxes lie: ``starts``, {value: (boxes, axes)}, ``lengths`` {value: per axis}."""

    numbers: np.ndarray
    starts: dict
    lengths: dict


class Reach:
    """The cells of each local value of ``flow`` that ``boxes``, (count, axes, 2), reach.

    ``shapes`` are the spatial shapes of all local values. ``alive`` are the boxes that reach the end of their windows.
    """

    def __init__(self, flow, shapes, boxes):
        self.flow, self.shapes, self.tied = flow, shapes, ties(flow, shapes)
        self.first, self.stop = {flow.source: boxes[..., 0]}, {flow.source: boxes[..., 1]}
        for value in flow.windowed:
            self._forward(value)
        self.alive = np.zeros(len(boxes), bool)
        for value in flow.ends:
            self.alive |= (self.first[value] < self.stop[value]).all(1)
        for before, value in self.tied.items():
            self._tie(before, value)

    def windows(self, numbers):
        """`Windows` for the boxes ``numbers``."""
        starts, lengths, all_of = {}, {}, {}
        for value in (self.flow.source, *self.flow.windowed):
            length, whole = self.lengths(value, numbers), self.shapes[value]
            before = self.flow.operations[value].inputs if value in self.flow.operations else ()
            full = prod(length) > FULL * prod(whole) or any(all_of[one] for one in before)
            all_of[value] = full and value is not self.flow.source
            lengths[value] = whole if all_of[value] else length
            free = np.subtract(whole, lengths[value])
            starts[value] = self.first[value][numbers].clip(0, free)
        for value in reversed(self.flow.windowed):
            if value in self.tied:
                behind = self.tied[value]
                moves = self.flow.operations[behind].moves
                lengths[value], starts[value] = lengths[behind], starts[behind]
                if moves:
                    pairs = [moves.seen(axis, starts[value][:, axis], n) for axis, n in enumerate(lengths[value])]
                    starts[value] = np.stack([first for first, _ in pairs], 1)
                    lengths[value] = tuple(count for _, count in pairs)
        return Windows(numbers, starts, lengths)

    def lengths(self, value, numbers):
        """Cells per axis of the smallest window that holds what any of the boxes ``numbers`` reaches."""
        return tuple((self.stop[value][numbers] - self.first[value][numbers]).max(0).clip(1).tolist())

    def _forward(self, value):
        one = self.flow.operations[value]
        first, stop = (np.stack([ends[v] for v in one.inputs]) for ends in (self.first, self.stop))
        first, stop = first.min(0), stop.max(0)
        if one.moves:
            for axis, cells in enumerate(self.shapes[value]):
                pair = one.moves.reached(axis, first[:, axis], stop[:, axis], cells)
                first, stop = (_with_column(ends, axis, found) for ends, found in zip((first, stop), pair, strict=True))
        nothing = first >= stop
        self.first[value] = np.where(nothing, _FAR, first)
        self.stop[value] = np.where(nothing, -_FAR, stop)

    def _tie(self, before, value):
        """Let ``before`` be computed just where ``value`` sees it."""
        moves = self.flow.operations[value].moves
        stride, kernel = (np.array(moves.stride), np.array(moves.kernel)) if moves else (1, 1)
        self.first[before] = self.first[value] * stride
        self.stop[before] = (self.stop[value] - 1) * stride + kernel


def ties(flow, shapes):
    """{value: the pooling, or what leads to it, that alone sees it}: computed just there, nothing need be gathered."""
    tied = {}
    for value in reversed(flow.windowed):
        one = flow.operations[value]
        before = one.inputs[0]
        if len(one.inputs) > 1 or before is flow.source or flow.uses[before] > 1:
            continue
        if one.moves is None and value in tied or one.moves and _apart(one.moves, shapes[value], shapes[before]):
            tied[before] = value
    return tied


def _apart(moves, cells, lengths):
    """Whether the windows of a pooling share no cell and none of them sees padding."""
    each = zip(moves.stride, moves.kernel, moves.before, cells, lengths, strict=True)
    inside = all(s >= k and not b and (n - 1) * s + k <= length for s, k, b, n, length in each)
    return inside and max(moves.stride) > 1


def _with_column(array, axis, column):
    array = array.copy()
    array[:, axis] = column
    return array
