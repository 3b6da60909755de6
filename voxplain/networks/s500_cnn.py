"""The CNN that guessed age groups on HCP's first 500 subjects: eight convolutions, and sex beside what they found.

Zainulina, Kiseleva, Brazhnikov, Akhmedov, Skoltech 2020, ml_MRI_age_prediction.
"""

from collections import OrderedDict

import torch
from torch import nn

from voxplain.errors import SettingsError
from voxplain.networks.blocks import max_pool
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import share, whole_number

HIDDEN = 128


class S500Cnn(nn.Module):
    """(batch, channels, x, y, z), and (batch, covariates) if there are any, to (batch, classes) logits.

    With one covariate, (128, 128, 128) and width 8: 635,052 parameters for two classes, 635,312 for four.
    """

    cam_layer = "features.relu4b"

    def __init__(self, shape, classes, width, dropout, covariates, channels, rounding):
        super().__init__()
        layers = OrderedDict()
        for number in range(1, 5):
            for letter, out in (("a", max(width // 2, 1)), ("b", width)):
                layers[f"conv{number}{letter}"] = nn.Conv3d(channels, out, 3)
                layers[f"norm{number}{letter}"] = nn.BatchNorm3d(out)
                layers[f"relu{number}{letter}"] = nn.ReLU()
                if letter == "a":
                    layers[f"dropout{number}"] = nn.Dropout3d(dropout)
                channels = out
            layers[f"pool{number}"] = max_pool(2, rounding)
            width *= 2
        self.features = nn.Sequential(layers)
        self.head = nn.Sequential(
            OrderedDict(
                conv=nn.Conv3d(channels, HIDDEN, cells_left("s500_cnn", shape, self.features)),
                rrelu=nn.RReLU(),
                flat=nn.Flatten(),
            )
        )
        self.covariates = covariates
        self.classifier = nn.Linear(HIDDEN + covariates, classes)

    def forward(self, volumes, covariates=None):
        found = self.head(self.features(volumes))
        if self.covariates:
            if covariates is None:
                raise SettingsError(f"s500_cnn takes {self.covariates} covariates a scan, found none; give (batch, n)")
            found = torch.cat([found, covariates.to(found.dtype)], 1)
        return self.classifier(found)


def s500_cnn(shape, classes, *, width=8, dropout=0.3, covariates=0, channels=1, rounding="floor"):
    """An untrained S500Cnn; ``covariates`` is how many values stand beside a volume, 1 (sex) as published.

    The last convolution is as large as what pooling leaves, 4 cells an axis of 128 voxels.
    """
    return S500Cnn(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        whole_number("covariates", covariates, least=0),
        whole_number("channels", channels),
        rounding,
    )
