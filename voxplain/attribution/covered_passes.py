"""Scores of one volume with boxes of it covered, computing only what a box can change where that can be told.

A box of 8 voxels changes a few cells of each layer. From the graph of a network it is known which, through
convolutions, pooling, sums, branches and operations cell by cell; only these are run anew, on windows of the known
values, and the rest of the network sees the whole. Exact up to rounding; where no tracer can follow the network, or
somebody's hook watches its layers, each covered volume is passed through whole.
"""

from functools import partial

import torch

from voxplain.attribution.dataflow import Dataflow
from voxplain.attribution.local_passes import LocalPasses
from voxplain.attribution.notes import note
from voxplain.attribution.traced import traced
from voxplain.attribution.whole_passes import WholePasses


def covered_passes(question, volumes):
    """A function of one of ``volumes``, (1, channels, ...), and its question: that volume's passes.

    Notes as ``path`` which way was taken.
    """
    model = question.model
    watched = any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    if not question.unit and not watched:
        for graph, name in traced(model, volumes):
            flow = _followed(graph, model, volumes[:1])
            if flow:
                note("path", f"windows, by {name}")
                return partial(LocalPasses, flow)
    note("path", "whole passes")
    return WholePasses


def _followed(graph, model, volume):
    """The `Dataflow` of a graph that says what the network says and has something local in it, else None."""
    try:
        flow = Dataflow(graph, volume)
        ours = flow.result
    # a graph may hold what only the network itself can run
    except Exception:
        return None
    if not any(flow.operations[value].work for value in flow.windowed):
        return None
    known, tolerance = model(volume.clone()), torch.finfo(volume.dtype).eps ** 0.5
    same = all(isinstance(one, torch.Tensor) for one in (known, ours)) and known.shape == ours.shape
    return flow if same and torch.allclose(known, ours, rtol=tolerance, atol=tolerance) else None
