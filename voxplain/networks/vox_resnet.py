"""VoxResNet for classification: six residual blocks at three scales.

Korolev, Safiullin, Belyaev, Dodonova, ISBI 2017, arXiv 1701.06643.
"""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.networks.blocks import max_pool
from voxplain.networks.heads import glorot_uniform
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import whole_number
from voxplain.networks.residual_blocks import VoxResBlock, convolution, first_stages, norm

POOL = 7


class VoxResNet(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 3,205,026 parameters for (110, 110, 110) and width 32."""

    # the sum of the last block, an eighth of each axis
    cam_layer = "features.block9"

    def __init__(self, shape, classes, width, channels, rounding):
        super().__init__()
        layers = first_stages(channels, width) | OrderedDict(
            conv4=convolution(2 * width, 2 * width, stride=2),
            block5=VoxResBlock(2 * width),
            block6=VoxResBlock(2 * width),
            norm7=norm(2 * width),
            relu7=nn.ReLU(),
            conv7=convolution(2 * width, 4 * width, stride=2),
            block8=VoxResBlock(4 * width),
            block9=VoxResBlock(4 * width),
        )
        self.features = nn.Sequential(OrderedDict(layers))
        pool = max_pool(POOL, rounding)
        self.classifier = nn.Sequential(
            OrderedDict(
                pool=pool,
                flat=nn.Flatten(),
                linear1=nn.Linear(4 * width * prod(cells_left("vox_resnet", shape, self.features, pool)), 128),
                relu1=nn.ReLU(),
                linear2=nn.Linear(128, classes),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def vox_resnet(shape, classes, *, width=32, channels=1, rounding="floor"):
    """An untrained VoxResNet; ``width`` is the channels of the first convolutions, four times that in the last."""
    return glorot_uniform(
        VoxResNet(shape, classes, whole_number("width", width), whole_number("channels", channels), rounding)
    )
