"""Small networks built as the residual and the plain network for brain scans are: norm before ReLU, sums, norm last."""

import torch
from torch import nn

from tests.library.attribution.conftest import SHAPES

_LAYERS = {
    2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, nn.AvgPool2d),
    3: (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d, nn.AvgPool3d),
}


class PreActivated(nn.Module):
    """values + convolution(relu(norm(convolution(relu(norm(values)))))), the sum in place when told so."""

    def __init__(self, axes, channels, bias, in_place):
        super().__init__()
        convolution, norm, _, _ = _LAYERS[axes]
        self.norm1, self.norm2 = norm(channels), norm(channels)
        self.conv1 = convolution(channels, channels, 3, padding=1, bias=bias)
        self.conv2 = convolution(channels, channels, 3, padding=1, bias=bias)
        self.relu = nn.ReLU(inplace=in_place)
        self.in_place = in_place

    def forward(self, values):
        found = self.conv1(self.relu(self.norm1(values)))
        found = self.conv2(self.relu(self.norm2(found)))
        if self.in_place:
            found += values
            return found
        return values + found


class VoxResNetLike(nn.Module):
    """A stem, a strided convolution, two residual blocks, pooling and two dense layers; ReLU is one shared module."""

    def __init__(self, axes=3, classes=2, bias=True, in_place=False):
        super().__init__()
        convolution, norm, _, pool = _LAYERS[axes]
        self.stem = convolution(1, 4, 3, padding=1, bias=bias)
        self.norm1 = norm(4)
        self.down = convolution(4, 4, 3, stride=2, padding=1, bias=bias)
        self.blocks = nn.Sequential(*(PreActivated(axes, 4, bias, in_place) for _ in range(2)))
        self.norm2, self.pool = norm(4), pool(2)
        self.relu = nn.ReLU(inplace=in_place)
        cells = [((length + 1) // 2) // 2 for length in SHAPES[axes]]
        self.dense1 = nn.Linear(4 * torch.tensor(cells).prod(), 6, bias=bias)
        self.dense2 = nn.Linear(6, classes, bias=bias)

    def forward(self, volumes):
        values = self.down(self.relu(self.norm1(self.stem(volumes))))
        values = self.pool(self.relu(self.norm2(self.blocks(values))))
        return self.dense2(self.relu(self.dense1(values.flatten(1))))


def korolev_like(axes=3, classes=2):
    """Convolutions with ReLU and max-pooling, then a dense layer, ReLU, batch norm, dropout and dense layers."""
    convolution, _, pool, _ = _LAYERS[axes]
    return nn.Sequential(
        *(convolution(1, 3, 3, padding=1), nn.ReLU(), convolution(3, 4, 3), nn.ReLU(), pool(2)),
        nn.Flatten(),
        *(nn.Linear(4 * (2 * 2 * 3 if axes == 3 else 2 * 3), 7), nn.ReLU(), nn.BatchNorm1d(7), nn.Dropout(0.7)),
        *(nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, classes)),
    )
