"""The gradient of the score, the simplest map: how the score would change with each voxel.

Simonyan, Vedaldi, Zisserman 2014, arXiv 1312.6034.
"""

import torch

from voxplain.errors import UnsupportedModel
from voxplain.networks.options import check_choice


def gradient(question, volumes, *, form="signed"):
    """d score / d voxel, shaped like ``volumes``; ``form`` is ``"signed"``, ``"abs"`` or ``"square"``."""
    return formed(input_gradient(question, volumes), form)


def input_gradient(question, volumes):
    """d score / d voxel for each of ``volumes``; UnsupportedModel when the network cuts the graph."""
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
