"""DenseNet of MONAI: blocks of layers that each see all that came before.

Huang, Liu, van der Maaten, Weinberger, CVPR 2017; Cardoso et al., arXiv 2211.02701.
"""

from torch import nn

from voxplain.networks.lengths import cells_left
from voxplain.networks.options import check_choice, share, whole_number

BLOCKS = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32), 264: (6, 12, 64, 48)}


class MonaiDenseNet(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 11,244,674 parameters of two classes and 121 layers.

    Layers and names are MONAI's own; ``classifier`` is what it calls ``class_layers``.
    """

    cam_layer = "classifier.relu"

    def __init__(self, shape, classes, layers, width, growth, dropout, channels):
        # takes six seconds to import, which the other networks do without
        from monai.networks.nets import DenseNet

        super().__init__()
        whole = DenseNet(
            spatial_dims=3,
            in_channels=channels,
            out_channels=classes,
            init_features=width,
            growth_rate=growth,
            block_config=BLOCKS[layers],
            act=("relu", {"inplace": False}),
            dropout_prob=dropout,
        )
        self.features, self.classifier = whole.features, whole.class_layers
        cells_left("monai_densenet", shape, self.features)

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def monai_densenet(shape, classes, *, layers=121, width=64, growth=32, dropout=0.0, channels=1):
    """An untrained MonaiDenseNet of 121, 169, 201 or 264 ``layers``.

    ``width`` is the channels of the first convolution, ``growth`` what each layer adds to them.
    """
    check_choice("layers", layers, tuple(BLOCKS))
    return MonaiDenseNet(
        shape,
        classes,
        layers,
        whole_number("width", width),
        whole_number("growth", growth),
        share("dropout", dropout),
        whole_number("channels", channels),
    )
