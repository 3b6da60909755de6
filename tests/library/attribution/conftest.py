"""Small networks of every awkward kind, in float64, for volumes of (7, 6, 9) and images of (7, 9)."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
SHAPES = {2: (7, 9), 3: (7, 6, 9)}


class Net(nn.Module):
    """Two convolutions, each with batch norm and ReLU, pooling and a linear layer; ``relu`` is how ReLU is called.

    With ``gap`` the linear layer reads the mean of each channel, with ``act`` another activation stands for ReLU.
    """

    def __init__(self, relu, axes=3, channels=1, classes=3, gap=False, act=None):
        super().__init__()
        convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
        norm = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[axes]
        self.pool = {2: nn.MaxPool2d, 3: nn.MaxPool3d}[axes](2)
        self.conv1, self.norm1 = convolution(channels, 4, 3, padding=1), norm(4)
        self.conv2, self.norm2 = convolution(4, 5, 2), norm(5)
        self.block = nn.Sequential(nn.Sequential(nn.ReLU(inplace=relu == "in_place"), nn.Identity()))
        self.again = nn.ReLU(inplace=relu == "in_place")
        self.linear = nn.Linear(5 * (1 if gap else 2 * 2 * 3 if axes == 3 else 2 * 3), classes)
        self.dropout = nn.Dropout(0.5)
        self.act = act
        self.kind, self.gap = relu, gap

    def relu(self, values, number):
        if self.act is not None:
            return self.act(values)
        if self.kind == "functional":
            return F.relu(values, inplace=number == 1)
        if self.kind == "torch":
            return torch.relu(values) if number == 1 else values.relu_()
        return self.block(values) if number == 1 or self.kind == "shared" else self.again(values)

    def forward(self, volumes):
        volumes = self.pool(self.relu(self.norm1(self.conv1(volumes)), 1))
        volumes = self.relu(self.norm2(self.conv2(volumes)), 2)
        volumes = volumes.flatten(2).mean(2) if self.gap else volumes.flatten(1)
        return self.linear(self.dropout(volumes))


class ReluBothWays(nn.Module):
    """logits = (relu(x) - 2 relu(-x), 0), summed over voxels: worked by hand for volume [[3, -1], [0, 2]]."""

    def forward(self, volumes):
        score = (F.relu(volumes) - 2 * F.relu(-volumes)).flatten(1).sum(1)
        return torch.stack([score, torch.zeros_like(score)], 1)


def settled(network, seed=1):
    """``network`` in float64 with weights, and statistics of its batch norms, that a seed gives."""
    generator = torch.Generator().manual_seed(seed)
    network.double()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.randn(value.shape, generator=generator, dtype=torch.float64) * 0.5)
                if name.endswith("running_var"):
                    value.abs_().add_(0.5)
    return network


@pytest.fixture
def net():
    """``net(relu, axes, channels, classes, gap, act)``: a ``Net`` with settled weights, in training mode."""

    def make(relu="module", axes=3, channels=1, classes=3, gap=False, act=None):
        return settled(Net(relu, axes, channels, classes, gap, act))

    return make


@pytest.fixture
def volumes():
    """``volumes(axes, channels, batch)``: noise of the shapes above, float64."""

    def make(axes=3, channels=1, batch=3):
        generator = torch.Generator().manual_seed(7)
        return torch.randn(batch, channels, *SHAPES[axes], dtype=torch.float64, generator=generator)

    return make


@pytest.fixture
def brain(volumes):
    """Volumes with a background of exact zeros, in which max-pooling finds ties."""
    made = volumes().abs()
    made[:, :, :3] = 0
    made[:, :, :, :, 6:] = 0
    return made


@pytest.fixture
def differs():
    """``differs(ours, theirs)``: the relative L2 distance."""

    def measure(ours, theirs):
        return float((ours - theirs).norm() / theirs.norm())

    return measure
