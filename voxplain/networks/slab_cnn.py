"""Networks of slabs: a volume cut into stacks of slices, each judged as a 2-D image, and a vote of all.

Kan et al., AIST 2020, arXiv 2006.15969, whose notebooks compare them with `mrinet`. A slab of d slices is an image of d
channels; here its convolutions are 3-D ones of length 1 across slabs, which is the same sum, so that what is found in
all slabs stays a volume that every method of explanation can look into.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn.functional import one_hot

from voxplain.errors import SettingsError
from voxplain.networks.options import check_choice, share, whole_number

STAGES = (1, 2, 4)


class SlabCnn(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits, the mean over slabs of the logits of each.

    Slices behind the last whole slab are not seen.
    """

    cam_layer = "features.relu3"

    def __init__(self, shape, classes, axis, depth, width, dropout, channels, residual):
        super().__init__()
        name = "slab_resnet" if residual else "slab_cnn"
        self.axis = axis
        self.slabs = shape[axis] // depth
        cells = [_cells_left(length) for place, length in enumerate(shape) if place != axis]
        if not self.slabs or min(cells) < 1:
            raise SettingsError(
                f"{name}: input_shape {tuple(shape)} is too small; it needs at least {depth} voxels along axis {axis} "
                "and 22 along the others"
            )
        first = nn.Conv3d(channels, width, self._line(3, depth), self._line(1, depth), self._line(1, 0))
        layers, found = OrderedDict(conv0=first), width
        for number, times in enumerate(STAGES, 1):
            layers[f"conv{number}"] = nn.Conv3d(found, times * width, self._line(3, 1))
            found = times * width
            if residual:
                layers[f"add{number}"] = Residual(found, self._line(3, 1), self._line(1, 0))
            else:
                layers[f"norm{number}"] = nn.BatchNorm3d(found)
            layers[f"relu{number}"] = nn.ReLU()
            layers[f"pool{number}"] = nn.MaxPool3d(self._line(2, 1))
        self.features = nn.Sequential(layers)
        self.classifier = nn.Sequential(
            OrderedDict(
                images=_Images(axis),
                dropout=nn.Dropout(dropout),
                linear=nn.Linear(found * cells[0] * cells[1], classes),
            )
        )

    def forward(self, volumes):
        return self.slab_logits(volumes).mean(1)

    def slab_logits(self, volumes):
        """Logits (batch, slabs, classes) of each slab."""
        return self.classifier(self.features(volumes))

    def training_loss(self, volumes, labels, covariates, loss):
        """Loss of all slabs as samples of their own, each with the label of its scan, and the logits of the scans."""
        each = self.slab_logits(volumes)
        return loss(each.flatten(0, 1), labels.repeat_interleave(each.shape[1], 0)), each.mean(1)

    def _line(self, within, across):
        return tuple(across if place == self.axis else within for place in range(3))


class VotingSlabCnn(SlabCnn):
    """A SlabCnn of classes, which its slabs vote for."""

    def votes(self, volumes):
        """Share of the slabs that vote for each class, (batch, classes)."""
        logits = self.slab_logits(volumes)
        return one_hot(logits.argmax(2), logits.shape[2]).float().mean(1)


class Residual(nn.Module):
    """What it is given plus batch norm of a convolution of it."""

    def __init__(self, width, kernel, padding):
        super().__init__()
        self.conv, self.norm = nn.Conv3d(width, width, kernel, padding=padding), nn.BatchNorm3d(width)

    def forward(self, volumes):
        return volumes + self.norm(self.conv(volumes))


class _Images(nn.Module):
    """(batch, channels, x, y, z) to (batch, slabs, values of each)."""

    def __init__(self, axis):
        super().__init__()
        self.axis = axis

    def forward(self, volumes):
        return torch.movedim(volumes, 2 + self.axis, 1).flatten(2)


def _cells_left(length):
    for _ in STAGES:
        length = (length - 2) // 2
    return length


def slab_cnn(shape, classes, *, axis=1, depth=3, width=32, dropout=0.2, channels=1):
    """An untrained SlabCnn: four convolutions, three with batch norm, ReLU and pooling by 2, and one linear layer.

    ``axis`` (0, 1, 2: x, y, z) is cut into slabs of ``depth`` slices, 3 or 5 as published. ``width`` is the channels of
    the first two convolutions.
    """
    return _built(shape, classes, axis, depth, width, dropout, channels, residual=False)


def slab_resnet(shape, classes, *, axis=1, depth=3, width=32, dropout=0.2, channels=1):
    """The same with a residual convolution, padded, before each ReLU in place of batch norm alone."""
    return _built(shape, classes, axis, depth, width, dropout, channels, residual=True)


def _built(shape, classes, axis, depth, width, dropout, channels, residual):
    check_choice("axis", axis, (0, 1, 2))
    numbers = {"depth": depth, "width": width, "channels": channels}
    depth, width, channels = (whole_number(option, value) for option, value in numbers.items())
    family = SlabCnn if classes == 1 else VotingSlabCnn
    return family(shape, classes, axis, depth, width, share("dropout", dropout), channels, residual)
