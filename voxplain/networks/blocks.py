"""The block that both published networks repeat, and what it does to the length of an axis."""

from collections import OrderedDict
from math import prod

from torch import nn

from voxplain.errors import SettingsError


def convolution_blocks(channels, widths, pools):
    """Unpadded 3x3x3 convolution, batch norm, ReLU and max-pooling, once per width; pool ``None`` ends without pooling.

    Layers are called ``conv1, norm1, relu1, pool1, conv2, ...``.
    """
    layers = OrderedDict()
    for number, (width, pool) in enumerate(zip(widths, pools, strict=True), 1):
        layers[f"conv{number}"] = nn.Conv3d(channels, width, 3)
        layers[f"norm{number}"] = nn.BatchNorm3d(width)
        layers[f"relu{number}"] = nn.ReLU()
        if pool:
            layers[f"pool{number}"] = nn.MaxPool3d(pool)
        channels = width
    return nn.Sequential(layers)


def cells_after(name, shape, pools):
    """How many cells of ``shape`` are left after blocks with these ``pools``; SettingsError when none are."""
    least = 1
    for pool in reversed(pools):
        least = least * pool + 2
    if min(shape) < least:
        raise SettingsError(
            f"{name}: input_shape {tuple(shape)} is too small; it needs at least {least} voxels an axis"
        )
    for pool in pools:
        shape = [(length - 2) // pool for length in shape]
    return prod(shape)
