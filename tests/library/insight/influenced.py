"""Small networks and made scans whose influence on each other is asked for."""

import numpy as np
import torch
from torch import nn

from voxplain.insight.influence import Labelled
from voxplain.training.kept_epochs import KeptEpoch

SHAPE = 7, 6, 9


class Small(nn.Module):
    """A convolution, a mean over cells and two linear layers, the last of which is ``head``."""

    def __init__(self, classes, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.features = nn.Sequential(nn.Conv3d(1, 3, 3), nn.ELU(), nn.AdaptiveAvgPool3d(1), nn.Flatten())
        self.hidden, self.head = nn.Linear(3, 4), nn.Linear(4, classes)

    def forward(self, volumes):
        return self.head(torch.tanh(10 * self.hidden(self.features(volumes))))


def made(n, classes, seed=1, shape=SHAPE):
    """``n`` `Labelled` volumes of noise, each about a mean of its own; labels in turn, or amounts of no class."""
    chance = np.random.default_rng([seed, n])
    volumes = chance.normal(size=(n, 1, *shape)) + chance.normal(size=(n, 1, 1, 1, 1))
    labels = chance.normal(40, 12, n).tolist() if not classes else [place % classes for place in range(n)]
    return Labelled(torch.from_numpy(volumes.astype(np.float32)), labels)


def plain(rows, labels):
    """`Labelled` volumes of one line of voxels each, so that a row's numbers are what a linear network decides by."""
    rows = torch.as_tensor(np.asarray(rows), dtype=torch.float32)
    return Labelled(rows.reshape(len(rows), 1, 1, 1, -1), labels)


def linear(values, bias):
    """The linear network of ``plain`` scans with these weights ``(outputs, numbers)``."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(len(values[0]), len(values)))
    with torch.no_grad():
        network[1].weight.copy_(torch.as_tensor(np.asarray(values)))
        network[1].bias.copy_(torch.as_tensor(np.asarray(bias)))
    return network


def two_epochs(classes):
    """`KeptEpoch`s of `Small` with other weights and another learning rate each."""
    return [KeptEpoch(seed, 0.1 * seed, Small(classes, seed).state_dict()) for seed in (1, 2)]
