"""The gradient of the score, the simplest map: how the score would change with each voxel.

Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034.
"""

import torch

from voxplain.attribution.notes import note
from voxplain.attribution.rectifiers import note_relu_calls, own_relu_rule
from voxplain.errors import UnsupportedModel
from voxplain.networks.options import check_choice


def gradient(question, volumes, *, form="signed"):
    """d score / d voxel, shaped like ``volumes``; ``form`` is ``"signed"``, ``"abs"`` or ``"square"``."""
    return formed(input_gradient(question, volumes), form)


def input_gradient(question, volumes):
    """d score / d voxel for each of ``volumes``; UnsupportedModel when the network cuts the graph."""
    lean = question.shared and question.shared.passed(question, volumes)
    note("path", "lean graph" if lean else "whole network")
    return lean.gradient() if lean else plain_gradient(question, volumes)


def ruled_gradient(question, volumes, rule, method):
    """The same with ``rule(gradient, off)`` as the way back through every ReLU, ``off`` where its output is 0.

    Raises UnsupportedModel, naming the layer and ``method``, when the network has another activation.
    """
    lean = question.shared and question.shared.passed(question, volumes)
    if lean and lean.lean.only_relu:
        note("path", "lean graph")
        note_relu_calls(lean.lean.relu_calls, method)
        return lean.gradient(rule)
    note("path", "whole network")
    with own_relu_rule(question.model, rule, method):
        return plain_gradient(question, volumes)


def plain_gradient(question, volumes):
    """d score / d voxel by a pass through the whole network."""
    leaf = volumes.clone().requires_grad_()
    # the network gets a copy, since a layer working in place must not write on a leaf
    scores = question.scores(leaf.clone())
    found = torch.autograd.grad(scores.sum(), leaf, allow_unused=True)[0] if scores.requires_grad else None
    if found is None:
        raise UnsupportedModel("no gradient flows from the score to the volumes; the network detaches them on the way")
    return found


def formed(values, form):
    """``values`` signed, absolute or squared."""
    check_choice("form", form, ("signed", "abs", "square"))
    return {"signed": values.clone, "abs": values.abs, "square": values.square}[form]()
