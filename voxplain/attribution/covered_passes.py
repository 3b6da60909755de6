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


def covered_passes(question, volumes, known=None):
    """A function of one of ``volumes``, (1, channels, ...), and its question: that volume's passes.

    ``known`` is what the network says of ``volumes``. Notes as ``path`` which way was taken.
    """
    model = question.model
    watched = any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    if not question.unit and not watched:
        for graph, name in traced(model, volumes):
            known = model(volumes[:1].clone()) if known is None else known[:1]
            passes = _passes(graph, question.of(torch.tensor([0])), volumes[:1], known)
            if passes:
                note("path", f"windows, by {name}")
                return partial(_of_volume, passes, volumes)
    note("path", "whole passes")
    return WholePasses


def _passes(graph, question, volume, known):
    """`LocalPasses` of ``volume`` by a graph that says the ``known`` of it and has something local in it, else None."""
    try:
        flow = Dataflow(graph, volume)
        if not any(flow.operations[value].work for value in flow.windowed):
            return None
        passes = LocalPasses(flow, question, volume)
    # a graph may hold what only the network itself can run; out of memory is out of memory for the network too
    except Exception:
        return None
    tolerance = torch.finfo(volume.dtype).eps ** 0.5
    same = isinstance(known, torch.Tensor) and known.shape == passes.output.shape
    return passes if same and torch.allclose(known, passes.output, rtol=tolerance, atol=tolerance) else None


def _of_volume(first, volumes, question, volume):
    """The passes of one volume; of the first they are there."""
    return first if volume.data_ptr() == volumes.data_ptr() else LocalPasses(first.flow, question, volume)
