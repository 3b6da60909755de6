"""The blocks that the published networks repeat."""

from collections import OrderedDict

from torch import nn

from voxplain.networks.options import check_choice

LETTERS = "abcd"


def convolution_blocks(channels, widths, pools, rounding="floor"):
    """Unpadded 3x3x3 convolution, batch norm, ReLU and max-pooling, once per width; pool ``None`` ends without pooling.

    Layers are called ``conv1, norm1, relu1, pool1, conv2, ...``.
    """
    layers = OrderedDict()
    for number, (width, pool) in enumerate(zip(widths, pools, strict=True), 1):
        layers[f"conv{number}"] = nn.Conv3d(channels, width, 3)
        layers[f"norm{number}"] = nn.BatchNorm3d(width)
        layers[f"relu{number}"] = nn.ReLU()
        if pool:
            layers[f"pool{number}"] = max_pool(pool, rounding)
        channels = width
    return nn.Sequential(layers)


def stacked_blocks(channels, widths, repeats, pools, *, norm, rounding="floor"):
    """Several unpadded 3x3x3 convolutions with a ReLU each, batch norm behind them if ``norm``, and max-pooling.

    Layers are called ``conv1a, relu1a, conv1b, relu1b, norm1, pool1, conv2a, ...``.
    """
    layers = OrderedDict()
    for number, (width, repeat, pool) in enumerate(zip(widths, repeats, pools, strict=True), 1):
        for letter in LETTERS[:repeat]:
            layers[f"conv{number}{letter}"] = nn.Conv3d(channels, width, 3)
            layers[f"relu{number}{letter}"] = nn.ReLU()
            channels = width
        if norm:
            layers[f"norm{number}"] = nn.BatchNorm3d(width)
        layers[f"pool{number}"] = max_pool(pool, rounding)
    return nn.Sequential(layers)


def max_pool(size, rounding):
    """Max-pooling of ``size``; ``rounding`` floor drops the planes that fill no window, ceil makes a window of them."""
    check_choice("rounding", rounding, ("floor", "ceil"))
    return nn.MaxPool3d(size, ceil_mode=rounding == "ceil")
