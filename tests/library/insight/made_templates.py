"""Networks that answer to a template that was planted in them, and scans around a smooth brain; float64."""

import torch
import torch.nn.functional as F
from torch import nn

SHAPE = (11, 9, 13)
BARE = {"l2": 0, "tv": 0, "blur": 0, "jitter": 0}  # no prior at all


def brains(count=10, channels=1, shape=SHAPE, seed=4, masked=True):
    """(count, channels, *shape): smooth scans of about 100, where masked in an ellipsoid with exact zeros around it."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, channels, *shape, dtype=torch.float64, generator=generator)
    smooth = F.avg_pool3d(F.pad(noise, (1,) * 6, mode="replicate"), 3, 1)
    return (100 + 25 * smooth) * (radius(shape) < 1 if masked else 1)


def radius(shape):
    """Of each voxel, 1 at the ellipsoid that touches the borders."""
    lines = [torch.linspace(-1, 1, length, dtype=torch.float64) for length in shape]
    return sum(one**2 for one in torch.meshgrid(*lines, indexing="ij")).sqrt()


def two_blobs(shape=SHAPE):
    """A bright and a dark blob inside the ellipsoid."""
    lines = torch.meshgrid(*(torch.arange(length, dtype=torch.float64) for length in shape), indexing="ij")

    def blob(*centre):
        return torch.exp(-sum((line - at) ** 2 for line, at in zip(lines, centre, strict=True)) / 4)

    return blob(3, 4, 5) - blob(7, 5, 8)


class Template(nn.Module):
    """Class 1 where a volume is like ``template``, by a curve that flattens on both sides."""

    def __init__(self, template):
        super().__init__()
        self.template = nn.Parameter(template)

    def forward(self, volumes):
        evidence = (volumes[:, 0] * self.template).flatten(1).sum(1) / self.template.norm()
        evidence = 3 * torch.tanh(evidence / 300)
        return torch.stack([-evidence, evidence], 1) / 2


class Detector(nn.Module):
    """One output: how much the patch that is most like ``kernel`` is like it, wherever it lies."""

    def __init__(self, kernel):
        super().__init__()
        self.conv = nn.Conv3d(1, 1, kernel.shape, bias=False)
        self.conv.weight = nn.Parameter(kernel[None, None])

    def forward(self, volumes):
        return self.conv(volumes).flatten(2).amax(2)


class Linear(nn.Module):
    """One output per row of ``weights`` (outputs, channels, *spatial)."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, volumes):
        return volumes.flatten(1) @ self.weights.flatten(1).T


class TwoLayers(nn.Module):
    """A convolution of 3 and one of 2 voxels, ReLU, dropout and batch norm between, and a linear head."""

    def __init__(self, shape=SHAPE, classes=3, channels=1, covariates=0):
        super().__init__()
        self.first, self.norm, self.relu = nn.Conv3d(channels, 3, 3), nn.BatchNorm3d(3), nn.ReLU()
        self.second, self.dropout = nn.Conv3d(3, 2, 2, stride=2), nn.Dropout(0.5)
        cells = [(length - 2) // 2 for length in shape]
        self.head = nn.Linear(2 * cells[0] * cells[1] * cells[2] + covariates, classes)

    def forward(self, volumes, covariates=None):
        values = self.second(self.relu(self.norm(self.first(volumes / 100))))
        values = self.dropout(torch.relu(values).flatten(1))
        return self.head(values if covariates is None else torch.cat([values, covariates.to(values)], 1))


def two_layers(seed=2, **options):
    """A `TwoLayers` of settled weights, in training mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = TwoLayers(**options).double()
        # so that no layer is silent
        nn.init.normal_(network.first.bias, 0.5, 0.1)
        nn.init.constant_(network.second.bias, 1.0)
    return network
