"""Scores of one volume with boxes of it covered, computing only what a box can change.

A box of 8 voxels changes a few cells of each layer. As long as a network is a chain of convolutions, pooling and
operations cell by cell, just the part of each layer that the box reaches is run anew, on a crop of the known
activations, and the rest of the network sees the whole. Exact up to rounding; where a network is no such chain
(torch.fx cannot follow it, or somebody's hook watches its layers) each covered volume is passed through whole.
"""

from functools import partial

import torch
from torch import fx

from voxplain.attribution.chains import leading_chain


def covered_passes(question, volumes):
    """A function of one of ``volumes``, (1, channels, ...), and its question: that volume's passes."""
    model = question.model
    watched = any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    if question.unit or watched:
        return WholePasses
    try:
        graph = fx.symbolic_trace(model)
    # whatever a forward method does that torch.fx cannot follow, the whole network can still be run
    except Exception:
        return WholePasses
    chain, last = leading_chain(graph, volumes.dim() - 2)
    if not any(step.moves for step in chain):
        return WholePasses
    rest = _Rest(graph, last)
    known, ours = model(volumes[:1].clone()), rest(_activations(chain, volumes[:1])[-1])
    tolerance = torch.finfo(volumes.dtype).eps ** 0.5
    same = isinstance(known, torch.Tensor) and torch.allclose(known, ours, rtol=tolerance, atol=tolerance)
    return partial(LocalPasses, chain, rest) if same else WholePasses


class WholePasses:
    """Covered volumes pass through the whole network."""

    def __init__(self, question, volume):
        self.question, self.volume = question, volume
        self.whole = question.scores(volume.clone())

    def kind(self, box):
        """Boxes of one kind can be passed together; a box of no kind changes nothing."""
        return "any"

    def scores(self, boxes, patches):
        """The score with each of ``boxes``, (start, stop) per axis, replaced by its patch, (channels, *box)."""
        covered = self.volume.repeat(len(boxes), *(1 for _ in self.volume.shape[1:]))
        for number, (box, patch) in enumerate(zip(boxes, patches, strict=True)):
            covered[(number, slice(None), *(slice(*ends) for ends in box))] = patch
        return self.question.of(torch.zeros(len(boxes), dtype=torch.long)).scores(covered)


class LocalPasses:
    """Only the cells that a covered box reaches pass through the leading ``chain``, and all through the ``rest``."""

    def __init__(self, chain, rest, question, volume):
        self.chain, self.rest, self.question = chain, rest, question
        self.known = _activations(chain, volume)
        self.whole = question.scores_of(rest(self.known[-1].clone()), 1)
        self.plans = {}

    def kind(self, box):
        """What boxes must share to be passed together: their size, the shapes of their crops, their places in them."""
        plans = [self._plan(axis, ends) for axis, ends in enumerate(box)]
        if None in plans:
            return None
        sizes = (stop - start for start, stop in box)
        return tuple((size, *(crop.shape for crop in plan)) for size, plan in zip(sizes, plans, strict=True))

    def scores(self, boxes, patches):
        """As of ``WholePasses``; the boxes are of one kind."""
        plans = [[self._plan(axis, ends) for axis, ends in enumerate(box)] for box in boxes]
        patch = torch.stack(list(patches))
        moves = 0
        for step, known in zip(self.chain, self.known, strict=False):
            if step.moves:
                patch = _in_place(known, patch, [[plan[moves] for plan in one] for one in plans])
                moves += 1
            patch = step.run(patch)
        whole = self.known[-1].repeat(len(boxes), *(1 for _ in self.known[-1].shape[1:]))
        for number, one in enumerate(plans):
            whole[(number, slice(None), *(slice(*plan[-1].output) for plan in one))] = patch[number]
        return self.question.of(torch.zeros(len(boxes), dtype=torch.long)).scores_of(self.rest(whole), len(boxes))

    def _plan(self, axis, ends):
        """The crops of one axis through the chain for a box ``ends`` on it; None when nothing of it gets through."""
        if (axis, ends) not in self.plans:
            self.plans[axis, ends] = self._new_plan(axis, ends)
        return self.plans[axis, ends]

    def _new_plan(self, axis, ends):
        plan = []
        for number, step in enumerate(self.chain):
            if step.moves:
                lengths = (known.shape[2 + axis] for known in self.known[number : number + 2])
                plan.append(step.crop(axis, ends, *lengths))
                if plan[-1] is None:
                    return None
                ends = plan[-1].output
        return plan


class _Rest(fx.Interpreter):
    """What comes after the node ``last`` of a graph, as a function of that node's value."""

    def __init__(self, graph, last):
        super().__init__(graph)
        before = list(graph.graph.nodes)
        self.skipped, self.last = before[: before.index(last)], last

    def __call__(self, value):
        return self.run(initial_env=dict.fromkeys(self.skipped) | {self.last: value})


def _activations(chain, volume):
    """What goes into each step of ``chain``, and what comes out of the last."""
    known = [volume.clone()]
    for step in chain:
        before = known[-1]
        # a step cell by cell may work in place
        known.append(step.run(before if step.moves is None else step.padded(before)))
        if step.moves is None:
            known[-2] = known[-1]
    return known


def _in_place(known, patch, plans):
    """Crops of ``known`` for each of ``plans`` with ``patch`` laid over them and padding around."""
    crops = torch.stack([known[(0, slice(None), *(slice(*crop.input) for crop in one))] for one in plans])
    first = plans[0]
    inside = (slice(None), slice(None))
    crops[(*inside, *(slice(*crop.onto) for crop in first))] = patch[(*inside, *(slice(*crop.taken) for crop in first))]
    pads = [pad for crop in reversed(first) for pad in crop.pads]
    return torch.nn.functional.pad(crops, pads) if any(pads) else crops
