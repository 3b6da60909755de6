"""The class activation map, of networks that end with the mean over all cells and one linear layer.

Zhou, Khosla, Lapedriza, Oliva, Torralba 2016, arXiv 1512.04150; in 3-D Yang, Rangarajan, Ranka 2018, arXiv 1803.02544.
"""

import torch

from voxplain.attribution.linear_heads import linear_head
from voxplain.attribution.notes import note
from voxplain.attribution.placement import check_placement, placed
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.networks.options import check_choice


def cam(
    question,
    volumes,
    *,
    relu=False,
    counterfactual=False,
    placement="field",
    mask=None,
    keep="values",
):
    """The map on the grid of ``volumes``, the same for each of their channels.

    map = sum_k w_k A_k, cell by cell, where the logit is sum_k w_k mean(A_k) + bias: the mean over cells plus the bias
    is the logit. For the log-odds of two classes w and bias are the differences of theirs. ``keep="mean"`` shares each
    cell's value out over the voxels around its place, so that this holds for the map itself; ``"values"`` leaves a
    cell's value as it is. The other options are those of `grad_cam`. The bias is noted for each volume.

    Raises UnsupportedModel, naming the layer, when the network does not end so; SettingsError for another score.
    """
    check_placement(placement)
    check_choice("keep", keep, ("values", "mean"))
    if question.unit:
        raise SettingsError(f"target is {question.unit}; cam explains a class: use grad_cam for a unit")
    head, outputs = linear_head(question.model, volumes)
    slopes = _slopes(question, outputs)
    weights = slopes @ head.weights
    note("bias", (slopes @ head.bias).tolist())
    cells = torch.einsum("bk,bk...->b...", -weights if counterfactual else weights, head.cells)
    if placement == "field" and head.fields is None:
        raise UnsupportedModel(
            'the cells that the network takes the mean of have no fixed place; use placement="stretch"'
        )
    fields = head.fields if placement == "field" else None
    return placed(cells.relu() if relu else cells, volumes, fields, mask, keep)


def _slopes(question, outputs):
    """How the score depends on each output, (batch, outputs), the same whatever the outputs are."""
    outputs.requires_grad_()
    if question.score == "probability" or (question.score == "log_odds" and outputs.shape[1:] != (2,)):
        raise SettingsError(f'score is "{question.score}", which is not linear in the outputs; cam explains "logit"')
    return torch.autograd.grad(question.scores_of(outputs, len(outputs)).sum(), outputs)[0].view(len(outputs), -1)
