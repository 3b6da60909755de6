"""HiResCAM: what each cell of one layer adds to the score, laid over the volume.

Draelos, Carin 2020, arXiv 2011.08891.
"""

from voxplain.attribution.cells import map_of_layers
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
    """
    check_choice("keep", keep, ("values", "sum"))
    return map_of_layers(
        *(question, volumes, _contributions, layer),
        relu=relu,
        counterfactual=counterfactual,
        placement=placement,
        mask=mask,
        keep=keep,
    )


def _contributions(held, slopes):
    return (slopes * held).sum(1)
