"""Volumes of a made atlas, and networks that are known functions of its regions."""

import numpy as np
import torch
from torch import nn

from voxplain.store import Volumes, write_store

SHAPE = (7, 6, 9)
LABELS = np.zeros(SHAPE, int)
LABELS[:3, :3, :4], LABELS[3:, :2, :5], LABELS[:3, 4:, 5:], LABELS[4:, 3:, 6:] = 3, 5, 8, 9
LABELS[5:, 4:, :3] = 12
NAMES = {3: "left one", 5: "right one", 8: "two", 9: "three", 12: "four", 40: "lost"}


def made_volumes(path, n=44, seed=3, scans_each=1):
    """Volumes in each of whose regions the mean varies from scan to scan; subjects in turn have ``scans_each``."""
    generator = np.random.default_rng(seed)

    def volume():
        levels = np.zeros(41)
        levels[list(NAMES)] = generator.normal(size=len(NAMES))
        return levels[LABELS] + generator.normal(size=SHAPE) * 0.5

    made = [(f"sub-{one:02d}", f"p{one // scans_each}", volume(), np.ones(SHAPE)) for one in range(n)]
    write_store(path, made, np.eye(4), "mni152", {})
    return Volumes(path)


class OfRegions(nn.Module):
    """Logits or amounts that are ``weights`` (outputs, regions) times the means of regions, bent where asked."""

    def __init__(self, weights, bent=False):
        super().__init__()
        index = [one for one in NAMES if (one == LABELS).any()]
        masks = np.stack([(one == LABELS) / (one == LABELS).sum() for one in index])
        self.register_buffer("masks", torch.tensor(masks, dtype=torch.float32))
        self.regions = nn.Identity()
        self.linear = nn.Linear(len(index), len(weights), bias=True)
        self.bent = bent
        with torch.no_grad():
            self.linear.weight.copy_(torch.tensor(weights, dtype=torch.float32))
            self.linear.bias.fill_(0.25)

    def forward(self, volumes, told=None):
        means = self.regions(torch.einsum("bxyz,rxyz->br", volumes[:, 0], self.masks))
        outputs = self.linear(means.abs() if self.bent else means)
        return outputs if told is None else outputs + told
