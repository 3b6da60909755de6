"""Grad-CAM: the channels of one layer, weighted by how the score depends on each, laid over the volume.

Selvaraju et al. 2017, arXiv 1610.02391.
"""

import torch
import torch.nn.functional as F

from voxplain.attribution.grids import linear_weights, spread
from voxplain.attribution.layers import last_spatial_layer, layer_named, tapped
from voxplain.attribution.receptive_fields import receptive_fields
from voxplain.errors import UnsupportedModel
from voxplain.networks.options import check_choice


def grad_cam(question, volumes, *, layer=None, relu=True, counterfactual=False, placement="field"):
    """The class activation map on the grid of ``volumes``, the same for each of their channels.

    a_k = mean over all spatial axes of d score / dA_k;  map = ReLU(sum_k a_k A_k), without ReLU when ``relu`` is False,
    with -a_k (what speaks against) when ``counterfactual``. ``layer`` is a name, by default the network's
    ``cam_layer`` or else its last layer with spatial axes. ``placement="field"`` puts each cell at the centre of its
    receptive field and interpolates linearly, with zero where no cell looks; ``"stretch"`` is the published way.
    """
    check_choice("placement", placement, ("field", "stretch"))
    layer = layer or getattr(question.model, "cam_layer", None) or last_spatial_layer(question.model, volumes)
    layer_named(question.model, layer)
    cells = _cell_map(question, volumes, layer, -1 if counterfactual else 1)
    if relu:
        cells = cells.relu()
    if placement == "stretch":
        mode = "trilinear" if volumes.dim() == 5 else "bilinear"
        placed = F.interpolate(cells[:, None], volumes.shape[2:], mode=mode, align_corners=False)[:, 0]
    else:
        placed = _at_field_centres(cells, volumes, receptive_fields(question.model, volumes, layer))
    return placed[:, None].expand_as(volumes).clone()


def _cell_map(question, volumes, layer, sign):
    """sum_k a_k A_k, (batch, *cells)."""
    with tapped(question.model, layer, leaf=True) as tap:
        scores = question.scores(volumes.clone())
        activation = tap.activation()
    if activation.dim() != volumes.dim():
        raise UnsupportedModel(
            f'layer "{layer}" gives shape {tuple(activation.shape)}, without the spatial axes; name another'
        )
    slope = torch.autograd.grad(scores.sum(), activation, allow_unused=True)[0] if scores.requires_grad else None
    if slope is None:
        raise UnsupportedModel(
            f'no gradient flows from the score to layer "{layer}"; name one that the score depends on'
        )
    weights = sign * slope.mean(dim=tuple(range(2, slope.dim())), keepdim=True)
    return (weights * activation.detach()).sum(1)


def _at_field_centres(cells, volumes, fields):
    lengths = zip(volumes.shape[2:], cells.shape[1:], fields.first, fields.step, fields.length, strict=True)
    return spread(cells, [linear_weights(*one) for one in lengths])
