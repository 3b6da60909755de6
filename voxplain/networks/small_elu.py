"""A small CNN for small data sets: four convolutions of one width with ELU, and one linear layer.

Used on 98 scans of ADNI at 2 mm beside Rieke et al., MLCN 2018, arXiv 1808.02874.
"""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.networks.blocks import max_pool
from voxplain.networks.heads import one_unit_or_many
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import whole_number

POOLS = (3, 3, None, 3)


class SmallElu(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 333,889 parameters for (91, 109, 91) and width 64."""

    cam_layer = "features.elu4"

    def __init__(self, shape, classes, width, channels, rounding):
        super().__init__()
        layers = OrderedDict()
        for number, pool in enumerate(POOLS, 1):
            layers[f"conv{number}"] = nn.Conv3d(channels, width, 3)
            layers[f"elu{number}"] = nn.ELU()
            if pool:
                layers[f"pool{number}"] = max_pool(pool, rounding)
            channels = width
        self.features = nn.Sequential(layers)
        cells = prod(cells_left("small_elu", shape, self.features))
        self.classifier = nn.Sequential(OrderedDict(flat=nn.Flatten(), linear=one_unit_or_many(width * cells, classes)))

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def small_elu(shape, classes, *, width=64, channels=1, rounding="floor"):
    """An untrained SmallElu; two classes share one output unit, see `heads.Halves`."""
    return SmallElu(shape, classes, whole_number("width", width), whole_number("channels", channels), rounding)
