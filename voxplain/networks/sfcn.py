"""SFCN: a small fully convolutional network that won a challenge of brain age, six convolutions and a mean.

Peng, Gong, Beckmann, Vedaldi, Smith, Medical Image Analysis 2021, doi 10.1016/j.media.2020.101871.
"""

from collections import OrderedDict

from torch import nn

from voxplain.networks.blocks import max_pool
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

WIDTHS = (1, 2, 4, 8, 8)


class Sfcn(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; width 32: 2,950,401 parameters for one output.

    2,952,936 with the 40 bins of age it was published with. Its log-softmax is left out: what it gives are logits.
    """

    cam_layer = "features.relu6"

    def __init__(self, shape, classes, width, dropout, channels, rounding):
        super().__init__()
        layers = OrderedDict()
        for number, times in enumerate(WIDTHS, 1):
            layers[f"conv{number}"] = nn.Conv3d(channels, times * width, 3, padding=1)
            layers[f"norm{number}"] = nn.BatchNorm3d(times * width)
            layers[f"pool{number}"] = max_pool(2, rounding)
            layers[f"relu{number}"] = nn.ReLU()
            channels = times * width
        layers |= {"conv6": nn.Conv3d(channels, 2 * width, 1), "norm6": nn.BatchNorm3d(2 * width), "relu6": nn.ReLU()}
        self.features = nn.Sequential(layers)
        cells_left("sfcn", shape, self.features)
        self.classifier = nn.Sequential(
            OrderedDict(
                mean=nn.AdaptiveAvgPool3d(1),
                dropout=nn.Dropout(dropout),
                conv=nn.Conv3d(2 * width, classes, 1),
                flat=nn.Flatten(),
            )
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def sfcn(shape, classes, *, width=32, dropout=0.5, channels=1, rounding="floor"):
    """An untrained Sfcn; ``width`` is the channels of the first block, eight times that in the fourth and fifth."""
    return Sfcn(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        whole_number("channels", channels),
        rounding,
    )
