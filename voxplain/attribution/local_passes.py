"""Scores of one volume with boxes of it covered, computing of every layer only the window that a box can change."""

from math import prod

import torch
import torch.nn.functional as F

from voxplain.attribution.alike import alike
from voxplain.attribution.covering import covered_windows
from voxplain.attribution.fetching import fetch
from voxplain.attribution.memory import batch_size, in_batches
from voxplain.attribution.reach import Reach, ties
from voxplain.attribution.windows import arranged, laid, taken

# a batch that no cache holds costs a CPU time, and its memory is given back and asked for anew each time
CPU_GB = 0.024
# moving a number about takes as long as so many multiplications
MOVING = 30


class LocalPasses:
    """Windows of boxes pass through the local part of a `Dataflow`, whole values through the rest of it."""

    def __init__(self, flow, question, volume):
        self.flow, self.question, self.plans = flow, question, {}
        # of values that windows need around them: the value, and it with padding and how much of that comes before
        self.known, self.padded = {}, {}
        self.shapes, self.bytes = {}, {}
        self.whole = question.scores_of(self._whole(arranged(volume)), 1)

    def scores(self, covers, fill, max_memory_gb):
        """The score with each of ``covers``, a list of `Cover`, replaced by that part of ``fill``."""
        boxes = tuple(cover.box for cover in covers)
        if boxes not in self.plans:
            self.plans = {boxes: self._planned(boxes)}
        found, fill = self.whole.repeat(len(covers)), arranged(fill[None])
        for windows, fetches, each in self.plans[boxes]:
            size = batch_size(each, max_memory_gb)
            size = size if fill.is_cuda else min(size, batch_size(each, CPU_GB))
            numbers = windows.numbers

            def run(start, stop, windows=windows, fetches=fetches, numbers=numbers):
                here = [covers[one] for one in numbers[start:stop]]
                return self._scores_of(here, fill, windows, fetches, slice(start, stop))

            scores = torch.cat(list(in_batches(run, len(numbers), size)))
            found[torch.from_numpy(numbers).to(found.device)] = scores
        return found

    def _whole(self, volume):
        """What the network says of the volume; keeps the values that windows will need around them."""
        flow, values = self.flow, {self.flow.source: volume}
        left = {value: len(users) for value, users in flow.users().items()}
        self._remember(flow.source, volume)
        for value, one in flow.operations.items():
            given = [values[name] for name in one.inputs]
            if one.kind == "slides":
                given = [_padded(one.moves, *given)]
            elif one.kind not in ("cells", "shape"):
                given = [_as_given(values[name]) if name in flow.local else values[name] for name in one.inputs]
            values[value] = one.run(*given)
            if isinstance(values[value], torch.Tensor):
                self._remember(value, values[value])
            for name in set(one.inputs):
                left[name] -= 1
                if not left[name]:
                    del values[name]
        tied = ties(flow, self.shapes)
        for value in [one for one in self.known if one in flow.local and not flow.surrounds(one, tied)]:
            del self.known[value]
        return values[flow.output]

    def _remember(self, value, tensor):
        self.known[value] = tensor
        self.shapes[value] = tuple(tensor.shape[2:])
        self.bytes[value] = tensor.numel() * tensor.element_size()

    def _planned(self, boxes):
        """[(windows, fetches, bytes a box)] of groups of boxes, each with windows of its own sizes."""
        flow = self.flow
        reach = Reach(flow, self.shapes, torch.tensor(boxes).view(len(boxes), -1, 2).numpy())
        channels = {value: self.bytes[value] // prod(self.shapes[value]) for value in flow.windowed}
        costs = {value: flow.operations[value].work + MOVING * channels[value] for value in flow.windowed}
        plans = []
        for numbers in alike(reach, costs):
            windows = reach.windows(numbers)
            fetches = {value: self._fetches(value, windows) for value in flow.windowed}
            plans.append((windows, fetches, self._bytes_each(windows, fetches)))
        return plans

    def _fetches(self, value, windows):
        """A `Fetch` for each input of a windowed value."""
        one, starts, lengths = self.flow.operations[value], windows.starts[value], windows.lengths[value]
        if one.moves:
            seen = [one.moves.seen(axis, starts[:, axis], count) for axis, count in enumerate(lengths)]
            starts, lengths = torch.tensor([]).numpy(), tuple(count for _, count in seen)
            starts = torch.stack([torch.from_numpy(first) for first, _ in seen], 1).numpy()
        fill = one.moves.fill if one.moves else 0.0
        found = []
        for name in one.inputs:
            here = fetch(
                (name, fill), self.shapes[name], windows.starts[name], windows.lengths[name], starts, lengths
            )
            if here.begin is not None:
                self._pad(here.known, *here.around(self.shapes[name]))
            found.append(here)
        return found

    def _pad(self, name, before, behind):
        """Have at least so many cells around a known value."""
        tensor, there = self.padded.get(name, (self.known[name[0]], (0,) * len(before)))
        more = [max(one - have, 0) for one, have in zip(before, there, strict=True)]
        length = zip(tensor.shape[2:], self.shapes[name[0]], there, behind, strict=True)
        after = [max(want - (n - whole - have), 0) for n, whole, have, want in length]
        if any(more) or any(after):
            pads = [pad for pair in zip(more, after, strict=True) for pad in reversed(pair)][::-1]
            tensor = F.pad(tensor, pads, value=name[1])
        self.padded[name] = tensor, tuple(have + one for have, one in zip(there, more, strict=True))

    def _bytes_each(self, windows, fetches):
        """The most memory that one box needs at a time."""
        flow, most, live = self.flow, 0, {}
        left = {value: len(users) for value, users in flow.users().items()}
        for value in (flow.source, *flow.operations):
            one = flow.operations.get(value)
            size = self.bytes.get(value, 0)
            if value in flow.local:
                size = size // prod(self.shapes[value]) * prod(windows.lengths[value])
            fetched = 0
            for name, here in zip(one.inputs, fetches.get(value, ()), strict=False) if one else ():
                fetched += self.bytes[name] // prod(self.shapes[name]) * prod(here.lengths or windows.lengths[name])
            if one and one.kind == "whole":
                fetched += sum(self.bytes.get(name, 0) for name in one.inputs)
            live[value] = size
            most = max(most, sum(live.values()) + fetched)
            for name in set(one.inputs) if one else ():
                left[name] -= 1
                if not left[name]:
                    del live[name]
        return most

    def _scores_of(self, covers, fill, windows, fetches, part):
        flow, source, count = self.flow, self.flow.source, len(covers)
        starts = {value: torch.from_numpy(found[part]) for value, found in windows.starts.items()}
        first = covered_windows(self.known[source], fill, covers, starts[source], windows.lengths[source])
        values, left = {source: first}, {value: len(users) for value, users in flow.users().items()}
        for value, one in flow.operations.items():
            given = [values[name] for name in one.inputs]
            if value in fetches:
                given = [here.of(v, self.padded.get(here.known), part) for here, v in zip(fetches[value], given, strict=True)]
            elif one.kind == "mean":
                values[value] = self._mean(value, one.inputs[0], given[0], starts)
                continue
            elif one.kind == "shape":
                given = [self.known[one.inputs[0]].expand(count, *(-1 for _ in self.known[one.inputs[0]].shape[1:]))]
            else:
                given = [
                    self._everywhere(name, v, starts) if name in flow.local else v
                    for name, v in zip(one.inputs, given, strict=True)
                ]
            values[value] = one.run(*given)
            for name in set(one.inputs):
                left[name] -= 1
                if not left[name]:
                    del values[name]
        return self.question.of(torch.zeros(count, dtype=torch.long)).scores_of(values[flow.output], count)

    def _everywhere(self, name, patches, starts):
        """Whole values with ``patches`` in their places."""
        if patches.shape[2:] == self.shapes[name]:
            return _as_given(patches)
        whole = _as_given(self.known[name]).repeat(len(patches), *(1 for _ in patches.shape[1:]))
        laid(patches, whole, starts[name])
        return whole

    def _mean(self, value, name, patches, starts):
        """The mean over all cells, from what the patches add to it."""
        before = taken(self.known[name], starts[name], patches.shape[2:])
        axes = tuple(range(2, patches.dim()))
        more = (patches - before).sum(axes) / prod(self.shapes[name])
        return self.known[value] + more.view(len(patches), *self.known[value].shape[1:])


def _as_given(tensor):
    return tensor.contiguous()


def _padded(moves, values):
    """``values``, (batch, channels, *spatial), with what a sliding operation sees around them."""
    pads = []
    for axis, length in enumerate(values.shape[2:]):
        first, count = moves.seen(axis, 0, moves.cells(axis, length))
        pads += [max(first + count - length, 0), -first]
    return F.pad(values, pads[::-1], value=moves.fill) if any(pads) else values
