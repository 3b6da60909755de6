"""VoxResNet cut after its second residual block, for class activation maps: a mean over the volume and one layer.

Yang, Rangarajan, Ranka, AMIA 2018, arXiv 1803.02544, after Zhou et al., CVPR 2016.
"""

from collections import OrderedDict

from torch import nn

from voxplain.networks.heads import glorot_uniform
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import whole_number
from voxplain.networks.residual_blocks import first_stages


class VoxResNetCam(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 527,458 parameters for any shape and width 32.

    A logit is the mean over ``cam_layer``'s cells of its class activation map, the channels weighted by that class's
    row of ``classifier.linear``, plus the bias.
    """

    cam_layer = "features.relu4"

    def __init__(self, shape, classes, width, channels):
        super().__init__()
        self.features = nn.Sequential(first_stages(channels, width))
        cells_left("vox_resnet_cam", shape, self.features)
        self.classifier = nn.Sequential(
            OrderedDict(
                mean=nn.AdaptiveAvgPool3d(1),
                flat=nn.Flatten(),
                linear=nn.Linear(2 * width, classes),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def vox_resnet_cam(shape, classes, *, width=32, channels=1):
    """An untrained VoxResNetCam; ``width`` is the channels of the first convolutions, twice that in the last."""
    return glorot_uniform(
        VoxResNetCam(shape, classes, whole_number("width", width), whole_number("channels", channels))
    )
