"""A convolutional autoencoder whose encoder is the `features` of another network, to begin that one's training with."""

from collections import OrderedDict
from math import ceil, log2

import torch
from torch import nn
from torch.nn.functional import mse_loss

from voxplain.errors import SettingsError

LEAST_WIDTH = 8


class Autoencoder(nn.Module):
    """(batch, channels, x, y, z) to the same, rebuilt from what ``network.features`` made of it.

    ``shape`` is (x, y, z). The decoder doubles each axis, nearest neighbour and a 3x3x3 convolution, as often as the
    encoder halved it, with half the channels each time, at least 8. ``features`` is shared with ``network``, not
    copied. Raises SettingsError for a network without ``features``.
    """

    def __init__(self, network, shape, channels=1):
        super().__init__()
        if not isinstance(getattr(network, "features", None), nn.Module):
            raise SettingsError(
                f"{type(network).__name__} has no layers called features, which an encoder is; use a network of "
                "docs/networks.md"
            )
        self.features = network.features
        self.decoder = _decoder(*_found(network.features, shape, channels), shape, channels)

    def forward(self, volumes):
        return self.decoder(self.features(volumes))

    def training_loss(self, volumes, labels, covariates, loss):
        """Mean squared error of the rebuilt volumes, and no logits, (batch, 0); all but ``volumes`` is left alone."""
        return mse_loss(self(volumes).float(), volumes.float()), volumes.new_zeros(len(volumes), 0)


def _found(features, shape, channels):
    """Channels of what ``features`` finds in a volume, and its cells along each axis."""
    training = {layer: layer.training for layer in features.modules()}
    features.eval()
    try:
        with torch.no_grad():
            _, width, *cells = features(torch.zeros(1, channels, *shape)).shape
    finally:
        for layer, mode in training.items():
            layer.training = mode
    return width, cells


def _decoder(width, cells, shape, channels):
    layers, ratios = OrderedDict(), [length / cell for length, cell in zip(shape, cells, strict=True)]
    stages = max(1, ceil(log2(max(ratios))))
    for stage in range(1, stages + 1):
        size = tuple(max(1, round(cell * ratio ** (stage / stages))) for cell, ratio in zip(cells, ratios, strict=True))
        left = max(width // 2, LEAST_WIDTH)
        layers[f"up{stage}"] = nn.Upsample(size if stage < stages else tuple(shape), mode="nearest")
        layers[f"conv{stage}"] = nn.Conv3d(width, left, 3, padding=1)
        # a ReLU of few channels can be zero everywhere, and then nothing in front of it learns
        layers[f"elu{stage}"] = nn.ELU()
        width = left
    layers["last"] = nn.Conv3d(width, channels, 1)
    return nn.Sequential(layers)
