"""Scores of one volume with boxes of it covered, computing of every layer only the window that a box can change."""

from math import prod

import torch
import torch.nn.functional as F

from voxplain.attribution.covering import covered_windows
from voxplain.attribution.memory import batch_size
from voxplain.attribution.reach import ties
from voxplain.attribution.window_plans import around, window_plans
from voxplain.attribution.windows import arranged, laid, taken
from voxplain.out_of_memory import in_batches

# a batch that no cache holds costs a CPU time, and its memory is given back and asked for anew each time
CPU_GB = 0.024


class LocalPasses:
    """Windows of boxes pass through the local part of a `Dataflow`, whole values through the rest of it."""

    def __init__(self, flow, question, volume):
        self.flow, self.question, self.plans = flow, question, {}
        self.shapes, self.sizes = flow.shapes(volume.shape[2:]), {}
        # values that windows need cells of around them, as they are and padded
        self.known, self.padded = {}, {}
        self.output = self._whole(arranged(volume))
        self.whole = question.scores_of(self.output, 1)

    def scores(self, covers, fill, max_memory_gb):
        """The score with each of ``covers``, a list of `Cover`, replaced by that part of ``fill``."""
        found, fill = self.whole.repeat(len(covers)), arranged(fill[None])
        for plan in self._planned(tuple(cover.box for cover in covers)):
            numbers, size = plan.windows.numbers, batch_size(plan.bytes_each, max_memory_gb)
            size = size if fill.is_cuda else min(size, batch_size(plan.bytes_each, CPU_GB))

            def run(start, stop, plan=plan, numbers=numbers):
                here = [covers[one] for one in numbers[start:stop]]
                return self._scores_of(here, fill, plan, slice(start, stop))

            scores = torch.cat(list(in_batches(run, len(numbers), size)))
            found[torch.from_numpy(numbers).to(found.device)] = scores
        return found

    def work(self, boxes):
        """Multiplications of the windows of all ``boxes``, and of as many passes of whole volumes."""
        work = {value: self.flow.operations[value].work for value in self.flow.windowed}
        plans = [(len(plan.windows.numbers), plan.windows.lengths) for plan in self._planned(boxes)]
        parts = sum(count * cell * prod(lengths[value]) for count, lengths in plans for value, cell in work.items())
        return parts, len(boxes) * sum(cell * prod(self.shapes[value]) for value, cell in work.items())

    def _whole(self, volume):
        """What the network says of the volume; keeps the values that windows will need cells of around them."""
        flow, values = self.flow, {self.flow.source: volume}
        tied = ties(flow, self.shapes)
        for value in (flow.source, *flow.operations):
            if value is not flow.source:
                one = flow.operations[value]
                given = [values[name] for name in one.inputs]
                if one.kind == "slides":
                    given = [_padded(one.moves, *given)]
                elif one.kind not in ("cells", "shape"):
                    given = [_plain(v) if name in flow.local else v for name, v in zip(one.inputs, given, strict=True)]
                values[value] = one.run(*given)
                for name in flow.done[value]:
                    del values[name]
            if isinstance(values[value], torch.Tensor):
                self.sizes[value] = values[value].numel() * values[value].element_size()
                if value in flow.local and flow.surrounds(value, tied):
                    self.known[value] = values[value]
                elif value in flow.operations and flow.operations[value].kind == "mean":
                    self.known[value] = values[value].clone()
        return values[flow.output]

    def _planned(self, boxes):
        """The plans for ``boxes``, of which the last ones made are kept; pads known values as far as these reach."""
        if boxes not in self.plans:
            self.plans = {boxes: window_plans(self.flow, self.shapes, self.sizes, boxes)}
            for one in (one for plan in self.plans[boxes] for found in plan.fetches.values() for one in found):
                if one.begin is not None:
                    name = one.known
                    found = around(self.known[name[0]], name, self.shapes[name[0]], one, self.padded.get(name))
                    self.padded[name] = found
        return self.plans[boxes]

    def _scores_of(self, covers, fill, plan, part):
        """The scores of the ``part``, a slice, of the boxes of ``plan``."""
        flow, source, count = self.flow, self.flow.source, len(covers)
        starts = {value: torch.from_numpy(found[part]) for value, found in plan.windows.starts.items()}
        first = covered_windows(self.known[source], fill, covers, starts[source], plan.windows.lengths[source])
        values = {source: first}
        for value, one in flow.operations.items():
            given = [values[name] for name in one.inputs]
            if one.kind == "mean":
                values[value] = self._mean(value, one.inputs[0], given[0], starts)
            elif one.kind == "shape":
                known = self.known[one.inputs[0]]
                values[value] = one.run(known.expand(count, *known.shape[1:]))
            elif value in plan.fetches:
                fetches = zip(plan.fetches[value], given, strict=True)
                values[value] = one.run(*(here.of(patch, self.padded.get(here.known), part) for here, patch in fetches))
            else:
                named = zip(one.inputs, given, strict=True)
                given = [self._everywhere(name, v, starts) if name in flow.local else v for name, v in named]
                values[value] = one.run(*given)
            for name in flow.done[value]:
                del values[name]
        return self.question.of(torch.zeros(count, dtype=torch.long)).scores_of(values[flow.output], count)

    def _everywhere(self, name, patches, starts):
        """Whole values with ``patches`` in their places."""
        if patches.shape[2:] == self.shapes[name]:
            return _plain(patches)
        whole = _plain(self.known[name].expand(len(patches), *self.known[name].shape[1:]))
        laid(patches, whole, starts[name])
        return whole

    def _mean(self, value, name, patches, starts):
        """The mean over all cells, from what the patches add to it."""
        before = taken(self.known[name], starts[name], patches.shape[2:])
        more = (patches - before).sum(tuple(range(2, patches.dim()))) / prod(self.shapes[name])
        return self.known[value] + more.view(len(patches), *self.known[value].shape[1:])


def _plain(value):
    """A copy in the layout in which networks expect values to be, on which they may work in place."""
    return value.clone(memory_format=torch.contiguous_format)


def _padded(moves, values):
    """``values``, (batch, channels, *spatial), with what a sliding operation sees around them."""
    pads = []
    for axis, length in enumerate(values.shape[2:]):
        first, count = moves.seen(axis, 0, moves.cells(axis, length))
        pads += [max(first + count - length, 0), -first]
    return F.pad(values, pads[::-1], value=moves.fill) if any(pads) else values
