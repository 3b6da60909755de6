"""MriNet: three blocks and one linear layer, as used to tell the sexes apart on HCP.

Kan et al., AIST 2020, arXiv 2006.15969, after Xin et al., Front. Neurosci. 2019.
"""

from math import prod

from torch import nn

from voxplain.errors import SettingsError
from voxplain.networks.blocks import convolution_blocks, max_pool
from voxplain.networks.lengths import cells_left
from voxplain.networks.options import check_choice, share, whole_number


class MriNet(nn.Module):
    """(batch, channels, x, y, z) to (batch, classes) logits; 322,818 parameters for (58, 70, 58) and width 32."""

    # the last layer before the last pooling, where the published Grad-CAM looks
    cam_layer = "features.relu3"
    published_names = {
        **{f"hidden{number}.0": f"features.conv{number}" for number in range(1, 4)},
        **{f"hidden{number}.1": f"features.norm{number}" for number in range(1, 4)},
        "linear": "classifier.3",
    }

    def __init__(self, shape, classes, width, dropout, channels, log_softmax, rounding):
        super().__init__()
        widths = (width, 2 * width, 4 * width)
        self.features = convolution_blocks(channels, widths, (2, 2, None), rounding)
        pool = max_pool(2, rounding)
        self.classifier = nn.Sequential(
            pool,
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(widths[-1] * prod(cells_left("mrinet", shape, self.features, pool)), classes),
            *([nn.LogSoftmax(1)] if log_softmax else []),
        )

    def forward(self, volumes):
        return self.classifier(self.features(volumes))


def mrinet(shape, classes, *, width=32, dropout=0.5, channels=1, log_softmax=False, rounding="floor"):
    """An untrained MriNet; ``width`` is the channels of the first block, doubled in each of the next two.

    ``log_softmax`` ends it as it was published first: with the same weights, cross-entropy and probabilities are the
    same as of logits, and so are log-odds.
    """
    check_choice("log_softmax", log_softmax, (False, True))
    if log_softmax and classes == 1:
        raise SettingsError("log_softmax is True, but a network with one output has no classes; leave it out")
    return MriNet(
        shape,
        classes,
        whole_number("width", width),
        share("dropout", dropout),
        whole_number("channels", channels),
        log_softmax,
        rounding,
    )
