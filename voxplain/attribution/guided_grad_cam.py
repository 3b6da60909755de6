"""Guided Grad-CAM: guided backpropagation, kept where Grad-CAM finds the class.

Selvaraju et al. 2017, arXiv 1610.02391.
"""

from voxplain.attribution.grad_cam import grad_cam
from voxplain.attribution.guided_backprop import guided_backprop


def guided_grad_cam(question, volumes, *, layer=None, counterfactual=False, placement="field", mask=None):
    """Guided backpropagation times Grad-CAM with its ReLU, voxel by voxel, shaped like ``volumes``; signed.

    The options are those of `grad_cam`; ``counterfactual`` turns the sign in Grad-CAM alone. Raises UnsupportedModel,
    naming the layer, when the network has an activation other than ReLU.
    """
    where = grad_cam(question, volumes, layer=layer, counterfactual=counterfactual, placement=placement, mask=mask)
    return where * guided_backprop(question, volumes)
