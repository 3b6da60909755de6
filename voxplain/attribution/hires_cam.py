"""HiResCAM: what each cell of one layer adds to the score, laid over the volume.

Draelos, Carin 2020, arXiv 2011.08891.
"""

import torch

from voxplain.attribution.cells import cam_layers, map_of_layers, scores_without
from voxplain.attribution.notes import note
from voxplain.networks.options import check_choice


def hires_cam(
    question,
    volumes,
    *,
    layer=None,
    relu=False,
    counterfactual=False,
    placement="field",
    mask=None,
    keep="values",
):
    """The map on the grid of ``volumes``, the same for each of their channels.

    map = sum_k d score / dA_k * A_k, cell by cell, with ReLU when ``relu``. When all that follows ``layer`` is one
    linear layer, the sum over cells plus its bias is the score. ``keep="sum"`` shares each cell's value out over the
    voxels around its place, so that this holds for the map itself, over one of its channels; ``"values"`` leaves a
    cell's value as it is, to be compared with other maps. The other options are those of `grad_cam`.

    With one layer, ``completeness_error`` is noted for each volume: the sum over cells, before ReLU and the sign, less
    ``score_difference``, the score's own when the layer's cells are set to zero.
    """
    check_choice("keep", keep, ("values", "sum"))
    question, sums = question.settled(volumes), []

    def contributions(held, slopes):
        cells = (slopes * held).sum(1)
        sums.append(cells.flatten(1).double().sum(1))
        return cells

    maps = map_of_layers(
        *(question, volumes, contributions, layer),
        relu=relu,
        counterfactual=counterfactual,
        placement=placement,
        mask=mask,
        keep=keep,
    )
    if len(sums) == 1:
        _note_completeness(question, volumes, layer, -sums[0] if counterfactual else sums[0])
    return maps


def _note_completeness(question, volumes, layer, sums):
    (name,) = cam_layers(question.model, volumes, layer)
    with torch.no_grad():
        whole = question.scores(volumes.clone()).double()
    difference = whole - scores_without(question, volumes, name).double()
    note("completeness_error", (sums - difference).tolist())
    note("score_difference", difference.tolist())
