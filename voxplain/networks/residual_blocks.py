"""What both VoxResNets are made of: a block that adds to what it is given, and the way up to the second of them."""

from collections import OrderedDict

from torch import nn

# Lasagne's, with which both were published
EPS = 1e-4


class VoxResBlock(nn.Module):
    """Twice batch norm, ReLU and a padded 3x3x3 convolution, added to the input; nothing after the sum.

    Chen, Dou, Yu, Qin, Heng, NeuroImage 2018.
    """

    def __init__(self, width):
        super().__init__()
        self.norm1, self.relu1, self.conv1 = norm(width), nn.ReLU(), convolution(width, width)
        self.norm2, self.relu2, self.conv2 = norm(width), nn.ReLU(), convolution(width, width)

    def forward(self, volumes):
        inner = self.conv1(self.relu1(self.norm1(volumes)))
        return volumes + self.conv2(self.relu2(self.norm2(inner)))


def first_stages(channels, width):
    """Layers ``conv1a`` to ``relu4``: half the length of each axis, 2 ``width`` channels."""
    return OrderedDict(
        conv1a=convolution(channels, width),
        norm1a=norm(width),
        relu1a=nn.ReLU(),
        conv1b=convolution(width, width),
        norm1b=norm(width),
        relu1b=nn.ReLU(),
        conv1c=convolution(width, 2 * width, stride=2),
        block2=VoxResBlock(2 * width),
        block3=VoxResBlock(2 * width),
        norm4=norm(2 * width),
        relu4=nn.ReLU(),
    )


def convolution(channels, width, stride=1):
    """A 3x3x3 convolution that keeps the length of each axis, or with stride 2 halves it, rounded up."""
    return nn.Conv3d(channels, width, 3, stride, padding=1)


def norm(width):
    """Batch norm with the constant of the published networks."""
    return nn.BatchNorm3d(width, eps=EPS)
