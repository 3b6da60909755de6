"""Grad-CAM: the channels of one layer, weighted by how the score depends on each, laid over the volume.

Selvaraju et al. 2017, arXiv 1610.02391.
"""

import torch

from voxplain.attribution.cells import map_of_layers


def grad_cam(question, volumes, *, layer=None, relu=True, counterfactual=False, placement="field", mask=None):
    """The class activation map on the grid of ``volumes``, the same for each of their channels.

    a_k = mean over all spatial axes of d score / dA_k;  map = ReLU(sum_k a_k A_k), without ReLU when ``relu`` is False,
    with -a_k (what speaks against) when ``counterfactual``. ``layer`` is a name, by default the network's
    ``cam_layer`` or else its last layer with spatial axes, or a list of names, whose maps are averaged as they are.
    ``placement="field"`` puts each cell at the centre of its receptive field and interpolates linearly, with zero where
    no cell looks; ``"stretch"`` is the published way. ``mask`` is ``"nonzero"``, or a tensor of the voxels that count:
    the map keeps to these and interpolates by how much of them a cell reaches, so that a background bleeds less in.
    """
    return map_of_layers(
        *(question, volumes, _weighted_by_mean_slopes, layer),
        relu=relu,
        counterfactual=counterfactual,
        placement=placement,
        mask=mask,
    )


def _weighted_by_mean_slopes(held, slopes):
    weights = slopes.mean(dim=tuple(range(2, slopes.dim())))
    return torch.einsum("bk,bk...->b...", weights, held)
