"""MriNet: three blocks and one linear layer, as used to tell the sexes apart on HCP.

Kan et al., AIST 2020, arXiv 2006.15969, after Xin et al., Front. Neurosci. 2019.
"""

from torch import nn

from voxplain.networks.blocks import cells_after, convolution_blocks
from voxplain.networks.options import share, whole_number

POOLS = (2, 2, 2)


class MriNet(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 322,818 parameters for (58, 70, 58) and width 32."""

    # the last layer before the last pooling, where the published Grad-CAM looks
    cam_layer = "features.relu3"

    def __init__(self, shape, classes, width, dropout, channels):
        super().__init__()
        widths = (width, 2 * width, 4 * width)
        self.features = convolution_blocks(channels, widths, (*POOLS[:-1], None))
        self.classifier = nn.Sequential(
            nn.MaxPool3d(POOLS[-1]),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(widths[-1] * cells_after("mrinet", shape, POOLS), classes),
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def mrinet(shape, classes, *, width=32, dropout=0.5, channels=1):
    """An untrained MriNet; ``width`` is the channels of the first block, doubled in each of the next two."""
    return MriNet(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        whole_number("channels", channels),
    )
