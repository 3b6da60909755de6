"""Passes that several methods share: one way there for all that is asked of the same volumes, and a way back for each.

A method asks for the gradient at the volumes, by the slope of ReLU or another rule, or for the slopes at a layer.
"""

import torch

from voxplain.attribution.kept_passes import kept_now
from voxplain.attribution.lean import lean_network, rounding
from voxplain.attribution.stems import Entry, slope
from voxplain.errors import UnsupportedModel

_NO_WAY = "no gradient flows from the score to the volumes; the network detaches them on the way"


class Pass:
    """The passes of ``volumes`` through the lean network, each volume with the graph of its score."""

    def __init__(self, lean, question, volumes, begun=None):
        self.lean, self.shape, values = lean, volumes.shape, None
        if begun is None:
            self.made = lean.stem.of(volumes)
            self.entry = Entry.each(self.made)
        else:
            one, values = begun
            # the way back ends in the pass that was begun
            self.made, self.entry, lean.ways = one.made, one.entry, one.lean.ways
        outputs, self.held, self.values = lean.outputs(self.entry, values), lean.held, lean.values
        lean.held, lean.values, self.gradients = {}, {}, {}
        self.scores = _decided(question, volumes, outputs).scores_of(outputs, len(volumes))

    def gradient(self, rule=slope):
        """d score / d voxel, shaped like the volumes, where ``rule`` is the way back through ReLU."""
        if rule not in self.gradients:
            self.entry.total = torch.zeros_like(self.made)
            came_back(self.lean, self.scores, self.entry, rule, keep=True)
            self.gradients[rule] = self.lean.stem.back(self.entry.total, self.shape)
        return self.gradients[rule]

    def cells(self, layer):
        """What ``layer`` holds and d score / d cell; None when they are not to be had from this pass."""
        held, version = self.held.get(layer, (None, None))
        # a layer behind it may have worked in place
        if held is None or held._version != version or not held.requires_grad or not self.scores.requires_grad:
            return None
        slopes = torch.autograd.grad(self.scores.sum(), held, allow_unused=True, retain_graph=True)[0]
        return None if slopes is None else (held.detach(), slopes)


def _decided(question, volumes, outputs):
    """``question`` with the classes that the network itself predicts, where two are so close that rounding decides."""
    if question.classes is not None or outputs.dim() < 2 or outputs.shape[1] < 2:
        return question
    return question if _clear(outputs) else question.settled(volumes)


def _clear(outputs):
    best = outputs.detach().topk(min(2, outputs.shape[1]), dim=1).values
    return bool((best[:, 0] - best[:, -1] > rounding(best) * best.abs().amax(1).clamp(min=1)).all())


def came_back(lean, scores, entry, rule=slope, keep=False):
    """Carry ``scores`` back to the ``entry`` of ``lean``, whose total has it then; UnsupportedModel without a way."""
    if not scores.requires_grad:
        raise UnsupportedModel(_NO_WAY)
    lean.ways.relu = rule
    try:
        found = torch.autograd.grad(scores.sum(), entry.trigger, allow_unused=True, retain_graph=keep)[0]
    finally:
        lean.ways.relu = slope
    if found is None:
        raise UnsupportedModel(_NO_WAY)


class Shared:
    """What the methods of one request share: the lean network, and the pass of ``volumes`` themselves."""

    def __init__(self, model, volumes):
        self.model, self.volumes, self.found, self.ran = model, volumes, None, []

    def lean(self, question):
        """The lean network of ``question``, made once; None when it has none, or is about another network."""
        if question.model is not self.model:
            return None
        if self.found is None:
            self.found = [lean_network(question, self.volumes)]
        return self.found[0]

    def outputs(self, question, volumes):
        """What the network says of ``volumes``, without a graph, by the lean one; None when there is none."""
        lean = self.lean(question)
        if lean is None:
            return None
        with torch.no_grad():
            return lean.outputs(Entry.each(lean.stem.of(volumes)))

    def predicted(self, question, volumes):
        """The classes that the network predicts; None where only the network itself can tell."""
        outputs = self.outputs(question, volumes)
        if outputs is None or outputs.dim() != 2 or not _clear(outputs):
            return None
        return outputs.argmax(1)

    def passed(self, question, volumes):
        """The pass of ``volumes``, which are kept only when they are those of the request; None without a lean one."""
        lean = self.lean(question)
        if lean is None:
            return None
        if volumes is not self.volumes:
            return Pass(lean, question, volumes)
        for classes, known in self.ran:
            if classes is question.classes:
                return known
        kept = kept_now()
        one = Pass(lean, question, volumes, kept and kept.begun(lean, volumes))
        self.ran.append((question.classes, one))
        if kept and kept.model is self.model:
            kept.keep(one, volumes)
        return one
