"""LayerCAM: the cells of one or several layers, each weighted by its own positive slope.

Jiang, Zhang, Hou, Cheng, Wei 2021, IEEE Transactions on Image Processing 30, doi 10.1109/TIP.2021.3089943.
"""

import torch

from voxplain.attribution.cells import map_of_layers
from voxplain.networks.options import check_choice

SHARPNESS = 2  # of the published scaling, gamma in the paper


def layer_cam(
    question, volumes, *, layer=None, relu=True, counterfactual=False, placement="field", mask=None, fuse="mean"
):
    """The map on the grid of ``volumes``, the same for each of their channels.

    map = ReLU(sum_k ReLU(d score / dA_k) A_k), cell by cell. ``fuse`` joins the maps of several layers: ``"mean"`` of
    them as they are, ``"max"``, or ``"published"``, the largest of tanh(2 M / max M), which is no longer in units of
    the score. The other options are those of `grad_cam`.
    """
    check_choice("fuse", fuse, tuple(_FUSED))
    return map_of_layers(
        *(question, volumes, _weighted_by_positive_slopes, layer),
        relu=relu,
        counterfactual=counterfactual,
        placement=placement,
        mask=mask,
        fuse=_FUSED[fuse],
    )


def _weighted_by_positive_slopes(held, slopes):
    return (slopes.relu() * held).sum(1)


def _largest(maps):
    return torch.stack(maps).amax(0)


def _largest_of_scaled(maps):
    return _largest([_scaled(one) for one in maps])


def _scaled(values):
    peak = values.amax(dim=tuple(range(1, values.dim())), keepdim=True)
    return torch.tanh(SHARPNESS * values / peak.where(peak > 0, 1))


_FUSED = {"mean": None, "max": _largest, "published": _largest_of_scaled}
