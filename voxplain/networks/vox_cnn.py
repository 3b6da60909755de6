"""VoxCNN: ten convolutions in four blocks and three linear layers, a VGG for brain volumes.

Korolev, Safiullin, Belyaev, Dodonova, ISBI 2017, arXiv 1701.06643; explained by Yang, Rangarajan, Ranka, arXiv
1803.02544.
"""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.networks.blocks import stacked_blocks
from voxplain.networks.heads import BatchNormOfAny, glorot_uniform
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

REPEATS = (2, 2, 3, 3)
POOLS = (2, 2, 2, 2)


class VoxCnn(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 375,210 parameters for (110, 110, 110) and width 8."""

    cam_layer = "features.relu4c"

    def __init__(self, shape, classes, width, dropout, channels, rounding):
        super().__init__()
        widths = (width, 2 * width, 4 * width, 8 * width)
        self.features = stacked_blocks(channels, widths, REPEATS, POOLS, norm=False, rounding=rounding)
        cells = prod(cells_left("vox_cnn", shape, self.features))
        self.classifier = nn.Sequential(
            OrderedDict(
                flat=nn.Flatten(),
                linear1=nn.Linear(widths[-1] * cells, 128),
                relu1=nn.ReLU(),
                norm1=BatchNormOfAny(128, eps=1e-4),
                dropout1=nn.Dropout(dropout),
                linear2=nn.Linear(128, 64),
                relu2=nn.ReLU(),
                linear3=nn.Linear(64, classes),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def vox_cnn(shape, classes, *, width=8, dropout=0.7, channels=1, rounding="floor"):
    """An untrained VoxCnn; ``width`` is the channels of the first block, doubled in each of the next three."""
    return glorot_uniform(
        VoxCnn(
            shape,
            classes,
            whole_number("width", width),
            share("dropout", dropout),
            whole_number("channels", channels),
            rounding,
        )
    )
