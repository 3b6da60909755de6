"""Last layers, and how weights begin."""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn


class Halves(nn.Module):
    """One value s, (batch, 1), to two logits -s/2 and s/2, (batch, 2): their softmax is the sigmoid of s.

    Cross-entropy of these is binary cross-entropy of s, and their log-odds are s.
    """

    def forward(self, values):
        return torch.cat([-values / 2, values / 2], 1)


class BatchNormOfAny(nn.BatchNorm1d):
    """Batch norm of (batch, width) that takes a single row too, by the running statistics.

    torch refuses a batch of one in training, and the last batch of an epoch may be one.
    """

    def forward(self, values):
        fresh = self.training and len(values) > 1
        if fresh:
            self.num_batches_tracked.add_(1)
        known = self.running_mean, self.running_var
        return F.batch_norm(values, *known, self.weight, self.bias, fresh, self.momentum, self.eps)


def one_unit_or_many(width, classes):
    """A linear layer to ``classes`` logits; for two classes it has the one unit that it was published with."""
    if classes != 2:
        return nn.Linear(width, classes)
    return nn.Sequential(OrderedDict(unit=nn.Linear(width, 1), halves=Halves()))


def glorot_uniform(network):
    """``network`` with Glorot and Bengio's (AISTATS 2010) uniform weights and zero biases, as Lasagne begins."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return network
