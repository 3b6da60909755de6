"""A variational autoencoder of linear layers alone, whose every answer can be worked out from its matrices."""

import numpy as np
import torch
from torch import nn

SHAPE = (7, 6, 9)
VOXELS = int(np.prod(SHAPE))


class LinearVae(nn.Module):
    """Volumes (batch, 1, 7, 6, 9) to logits (batch, classes); the latent code has three dimensions."""

    def __init__(self, classes=2, latent=3, covariates=0):
        super().__init__()
        self.answers = nn.Linear(VOXELS + covariates, classes)
        self.means = nn.Linear(VOXELS + covariates, latent)
        self.log_variances = nn.Linear(VOXELS + covariates, latent)
        self.prior_mean = nn.Linear(classes, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, VOXELS), nn.Dropout(0.5), nn.Unflatten(1, (1, *SHAPE)))

    def forward(self, volumes, covariates=None):
        return self.encoded(volumes, covariates)[0]

    def encoded(self, volumes, covariates=None):
        found = volumes.flatten(1)
        found = found if covariates is None else torch.cat([found, covariates], 1)
        return self.answers(found), self.means(found), self.log_variances(found)


class InMemory:
    """Volumes (n, channels, x, y, z) that stand in for a store's; all but the first plane is brain."""

    def __init__(self, array):
        self.array = torch.as_tensor(array, dtype=torch.float32)
        self.scans = [f"sub-{number:02d}_ses-1" for number in range(len(self.array))]
        self.subjects = [scan.partition("_")[0] for scan in self.scans]

    def __len__(self):
        return len(self.array)

    def __getitem__(self, place):
        return self.array[place]

    def __iter__(self):
        return iter(self.array)

    def mask(self, place):
        inside = torch.ones(self.array.shape[2:], dtype=torch.uint8)
        inside[0] = 0
        return inside


def numbers(layer):
    """Weight and bias of a linear layer, float64."""
    return layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
