"""The CNN that told Alzheimer's disease from healthy ageing on ADNI: four blocks and three linear layers.

Rieke, Eitel, Weygandt, Haynes, Ritter, MLCN 2018, arXiv 1808.02874.
"""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.networks.blocks import convolution_blocks
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

POOLS = (2, 3, 2, 3)


class AdniCnn(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 737,026 parameters for (193, 229, 193) and width 8."""

    cam_layer = "features.relu4"
    published_names = {
        **{f"Conv_{number}": f"features.conv{number}" for number in range(1, 5)},
        **{f"Conv_{number}_bn": f"features.norm{number}" for number in range(1, 5)},
        **{f"dense_{number}": f"classifier.linear{number}" for number in range(1, 4)},
    }

    def __init__(self, shape, classes, width, dropout, hidden_dropout, channels, rounding):
        super().__init__()
        widths = (width, 2 * width, 4 * width, 8 * width)
        self.features = convolution_blocks(channels, widths, POOLS, rounding)
        cells = prod(cells_left("adni_cnn", shape, self.features))
        self.classifier = nn.Sequential(
            OrderedDict(
                flat=nn.Flatten(),
                dropout1=nn.Dropout(dropout),
                linear1=nn.Linear(widths[-1] * cells, 128),
                relu1=nn.ReLU(),
                dropout2=nn.Dropout(hidden_dropout),
                linear2=nn.Linear(128, 64),
                relu2=nn.ReLU(),
                linear3=nn.Linear(64, classes),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def adni_cnn(shape, classes, *, width=8, dropout=0.8, hidden_dropout=0.0, channels=1, rounding="floor"):
    """An untrained AdniCnn; ``dropout`` stands before the first linear layer, ``hidden_dropout`` before the second."""
    return AdniCnn(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        share("hidden_dropout", hidden_dropout),
        whole_number("channels", channels),
        rounding,
    )
