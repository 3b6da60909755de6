"""ResNet of MONAI: sums of what a block was given and what it found.

He, Zhang, Ren, Sun, CVPR 2016; in three dimensions Hara, Kataoka, Satoh, CVPR 2018; Cardoso et al., arXiv 2211.02701.
"""

from collections import OrderedDict

from torch import nn

from voxplain.networks.options import check_choice, whole_number

BLOCKS = {10: (1, 1, 1, 1), 18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}


class MonaiResNet(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 33,161,922 parameters of two classes and 18 layers.

    The layers are MONAI's own, but that both activations of a block, which are one in-place layer there, are two.
    """

    cam_layer = "features.layer4"

    def __init__(self, classes, layers, width, channels):
        # takes six seconds to import, which the other networks do without
        from monai.networks.nets import ResNet

        super().__init__()
        whole = ResNet(
            block="basic",
            layers=list(BLOCKS[layers]),
            block_inplanes=[width, 2 * width, 4 * width, 8 * width],
            spatial_dims=3,
            n_input_channels=channels,
            conv1_t_stride=2,
            num_classes=classes,
            act=("relu", {"inplace": False}),
        )
        stages = (whole.layer1, whole.layer2, whole.layer3, whole.layer4)
        self.features = nn.Sequential(
            OrderedDict(
                conv1=whole.conv1,
                norm1=whole.bn1,
                relu1=whole.act,
                pool1=whole.maxpool,
                **{f"layer{number}": nn.Sequential(*map(Block, stage)) for number, stage in enumerate(stages, 1)},
            )
        )
        self.classifier = nn.Sequential(OrderedDict(mean=whole.avgpool, flat=nn.Flatten(), linear=whole.fc))

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


class Block(nn.Module):
    """A block of MONAI's, its layers under the same names, with an activation of its own at each of both places."""

    def __init__(self, block):
        super().__init__()
        self.conv1, self.bn1, self.relu1 = block.conv1, block.bn1, nn.ReLU()
        self.conv2, self.bn2, self.relu2 = block.conv2, block.bn2, nn.ReLU()
        self.downsample = block.downsample or nn.Identity()

    def forward(self, volumes):
        inner = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(volumes)))))
        return self.relu2(inner + self.downsample(volumes))


def monai_resnet(shape, classes, *, layers=18, width=64, channels=1):
    """An untrained MonaiResNet of 10, 18 or 34 ``layers``; ``width`` is the channels of the first."""
    check_choice("layers", layers, tuple(BLOCKS))
    return MonaiResNet(classes, layers, whole_number("width", width), whole_number("channels", channels))
