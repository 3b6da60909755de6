"""A scan on a grid that is no cube, and networks of it whose answers can be worked out."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.faithfulness.answers import answers
from voxplain.sanity.faithfulness.one_scan import Scan
from voxplain.sanity.faithfulness.ordering import block_labels

SHAPE = (5, 7, 6)
ASKED = {"measures": ["deletion", "insertion"], "shares": [0.1, 0.4, 0.8], "order": "absolute", "blocks": 12}


@pytest.fixture
def made():
    """``volume``, ``fill``, ``region`` and the networks ``linear`` and ``curved``; ``scan(...)`` asks about them."""
    torch.manual_seed(4)
    linear = nn.Sequential(nn.Flatten(), nn.Linear(210, 2)).eval()
    curved = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(180, 2)).eval()
    drawn = np.random.default_rng(9)
    region = drawn.random(SHAPE) < 0.8
    volume, fill = (torch.from_numpy(drawn.standard_normal((1, *SHAPE)).astype(np.float32)) for _ in range(2))

    def scan(network, fills=None, target=1, score="log_odds", **asked):
        said = partial(answers, network, target=target, score=score, batch=4)
        fills = {"mean": fill[None]} if fills is None else fills
        labels = block_labels(SHAPE, (2, 3, 2))
        return Scan(volume, region, fills, labels, (2.0, 3.0, 2.0), said, ASKED | asked, (3, 1))

    return SimpleNamespace(linear=linear, curved=curved, volume=volume, fill=fill, region=region, scan=scan)
