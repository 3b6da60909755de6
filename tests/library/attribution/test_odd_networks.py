"""Networks of other families: every method gives a map of each volume alone, or refuses in one line."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.attribution.every_method import EVERY, explained
from voxplain.errors import VoxplainError

CAMS = {"grad_cam", "guided_grad_cam", "layer_cam", "hires_cam", "cam"}
RULES = {"deeplift", "lrp_epsilon"}
GUIDED = {"deconvnet", "guided_backprop", "guided_grad_cam"}


class Residual(nn.Module):
    """A sum in place, one ReLU in place for all, and global pooling."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.act = nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4), nn.ReLU(inplace=True)
        self.second, self.linear = nn.Conv3d(4, 4, 3, padding=1, bias=False), nn.Linear(4, 2)

    def forward(self, volumes):
        cells = self.act(self.norm(self.first(volumes)))
        behind = self.second(cells)
        behind += cells
        return self.linear(F.adaptive_avg_pool3d(self.act(behind), 1).flatten(1))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells, self.linear = nn.Conv3d(1, 8, 3, stride=2), nn.Linear(8, 2)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, volumes):
        tokens = self.cells(volumes).flatten(2).transpose(1, 2)
        return self.linear((tokens + self.attention(tokens, tokens, tokens)[0]).mean(1))


class Excited(nn.Module):
    """Channels weighed by what they hold."""

    def __init__(self):
        super().__init__()
        self.cells, self.gate, self.linear = nn.Conv3d(1, 4, 3), nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, volumes):
        cells = self.cells(volumes).relu()
        share = torch.sigmoid(self.gate(cells.mean((2, 3, 4))))
        return self.linear((cells * share[:, :, None, None, None]).mean((2, 3, 4)))


class Branching(nn.Module):
    """Python that asks about the shape, which tracers do not follow."""

    def __init__(self):
        super().__init__()
        self.cells, self.linear = nn.Conv3d(1, 4, 3), nn.Linear(4, 2)

    def forward(self, volumes):
        assert volumes.dim() == 5
        if volumes.shape[1] != 1:
            raise ValueError(volumes.shape)
        return self.linear(self.cells(volumes).relu().amax((2, 3, 4)))


def pooled(*layers):
    return nn.Sequential(*layers, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 2))


def flat(*layers):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(2))


NETWORKS = {
    "residual": (Residual, set()),
    "attention": (Attention, RULES | {"cam"}),
    "excited": (Excited, RULES | GUIDED),
    "branching": (Branching, {"cam"}),
    "instance norm": (lambda: pooled(nn.Conv3d(1, 4, 3), nn.InstanceNorm3d(4), nn.ReLU()), RULES),
    "group norm": (lambda: flat(nn.Conv3d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.AvgPool3d(2)), RULES | {"cam"}),
    "weight norm": (
        lambda: flat(nn.utils.parametrizations.weight_norm(nn.Conv3d(1, 4, 3)), nn.ReLU(), nn.MaxPool3d(2)),
        {"cam"},
    ),
    "transposed": (lambda: flat(nn.Conv3d(1, 4, 3), nn.ReLU(), nn.ConvTranspose3d(4, 4, 2), nn.ReLU()), CAMS),
    "prelu": (lambda: flat(nn.Conv3d(1, 4, 3), nn.PReLU()), GUIDED | {"cam"}),
    "random slopes": (lambda: flat(nn.Conv3d(1, 4, 3), nn.RReLU()), GUIDED | {"cam"}),
    "dense": (lambda: flat(nn.Flatten(), nn.Linear(378, 8), nn.ReLU()), CAMS | {"attention_maps"}),
    "log-softmax": (lambda: pooled(nn.Conv3d(1, 4, 3), nn.ReLU()).append(nn.LogSoftmax(1)), RULES | {"cam"}),
}


@pytest.mark.parametrize("method", EVERY)
@pytest.mark.parametrize("name", NETWORKS)
def test_an_unusual_network_is_explained_or_refused_in_one_line_and_left_as_it_was(volumes, differs, name, method):
    make, refused = NETWORKS[name]
    batch = volumes(batch=2)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = make().double()
        network.eval()(batch)
    network.train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    if method in refused:
        with pytest.raises(VoxplainError) as refusal:
            explained(network, batch, method)
        assert "\n" not in str(refusal.value)
    else:
        found = explained(network, batch, method)
        assert found.shape == batch.shape and torch.isfinite(found).all()
        torch.testing.assert_close(explained(network, batch[1:], method)[0], found[1], rtol=1e-9, atol=1e-12)
    assert network.training
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
