"""VoxCNN as rebuilt for ADNI at 1 mm: batch norm in every block, and one output unit.

Rieke, Eitel, Weygandt, Haynes, Ritter, MLCN 2018, arXiv 1808.02874, after Korolev et al., ISBI 2017.
"""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.networks.blocks import stacked_blocks
from voxplain.networks.heads import one_unit_or_many
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

REPEATS = (2, 2, 3, 4)
POOLS = (2, 2, 2, 3)


class KorolevCnn(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 846,233 parameters for (193, 229, 193) and width 8."""

    cam_layer = "features.relu4d"

    def __init__(self, shape, classes, width, dropout, channels, rounding):
        super().__init__()
        widths = (width, 2 * width, 4 * width, 8 * width)
        self.features = stacked_blocks(channels, widths, REPEATS, POOLS, norm=True, rounding=rounding)
        cells = prod(cells_left("korolev_cnn", shape, self.features))
        self.classifier = nn.Sequential(
            OrderedDict(
                flat=nn.Flatten(),
                linear1=nn.Linear(widths[-1] * cells, 128),
                relu1=nn.ReLU(),
                dropout1=nn.Dropout(dropout),
                linear2=nn.Linear(128, 64),
                relu2=nn.ReLU(),
                linear3=one_unit_or_many(64, classes),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def korolev_cnn(shape, classes, *, width=8, dropout=0.7, channels=1, rounding="floor"):
    """An untrained KorolevCnn; two classes share one output unit, see `heads.Halves`."""
    return KorolevCnn(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        whole_number("channels", channels),
        rounding,
    )
