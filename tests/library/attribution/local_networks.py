"""Small networks of every local operation, alone and joined in branches, for volumes of (1, 13, 12, 15)."""

import torch
import torch.nn.functional as F
from torch import nn

SHAPE = (13, 12, 15)


class Residual(nn.Module):
    """Norm first, sums, a strided way down beside a strided convolution, and one ReLU in place for all."""

    def __init__(self):
        super().__init__()
        self.stem, self.act = nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(inplace=True)
        self.norms = nn.ModuleList(nn.BatchNorm3d(4) for _ in range(3))
        self.inner, self.again = nn.Conv3d(4, 4, 3, padding=1), nn.Conv3d(4, 4, 3, padding=1, bias=False)
        self.down, self.beside = nn.Conv3d(4, 6, 3, stride=2, padding=1), nn.Conv3d(4, 6, 1, stride=2)
        self.linear = nn.LazyLinear(2)

    def forward(self, volumes):
        values = self.stem(volumes)
        values = values + self.inner(self.act(self.norms[0](values)))
        behind = self.again(self.act(self.norms[1](values)))
        behind += values
        behind = self.act(self.down(behind) + self.beside(behind))
        return self.linear(F.max_pool3d(behind, 2).flatten(1))


class Branches(nn.Module):
    """Branches of other reach joined by channel, one of them pooled in place; one convolution used twice."""

    def __init__(self):
        super().__init__()
        self.stem, self.near, self.far = (
            nn.Conv3d(1, 4, 3),
            nn.Conv3d(4, 3, 1),
            nn.Conv3d(4, 3, 3, padding=2, dilation=2),
        )
        self.shared, self.norm = nn.Conv3d(10, 10, 3, padding=1, groups=2), nn.BatchNorm3d(10)
        self.linear = nn.Linear(10, 2)

    def forward(self, volumes):
        values = F.relu(self.stem(volumes))
        parts = [self.near(values), self.far(values), F.max_pool3d(values, 3, stride=1, padding=1)]
        values = torch.cat(parts, dim=1)
        values = torch.tanh(self.norm(self.shared(values) - 0.5 * values))
        values = torch.maximum(self.shared(values), values)
        return self.linear(values.mean((2, 3, 4)))


class Asking(Residual):
    """Followed by torch.export alone."""

    def forward(self, volumes):
        if volumes.shape[1] != 1:
            raise ValueError
        return super().forward(volumes)


def plain(*layers):
    """A chain of ``layers`` and a linear end."""
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(2))


NETWORKS = {
    "residual": Residual,
    "branches": Branches,
    "asking": Asking,
    "padded and strided": lambda: plain(nn.Conv3d(1, 3, (3, 2, 4), stride=(2, 1, 3), padding=(2, 1, 0)), nn.ELU()),
    "same padding": lambda: plain(nn.Conv3d(1, 3, (2, 3, 4), padding="same"), nn.GELU(), nn.AvgPool3d(3, 2, 1)),
    "pools that round up": lambda: plain(
        *(nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2, ceil_mode=True)),
        *(nn.Conv3d(4, 4, 2), nn.LeakyReLU(0.1), nn.MaxPool3d(3, 2, 1, ceil_mode=True)),
    ),
    "pools that overlap": lambda: plain(nn.Conv3d(1, 4, 3), nn.MaxPool3d(3, 2), nn.PReLU(4), nn.MaxPool3d(2, 1)),
    "zeros and ones around": lambda: plain(
        *(nn.ConstantPad3d((1, 2, 0, 1, 2, 0), 1.0), nn.Conv3d(1, 3, 3), nn.Sigmoid(), nn.ZeroPad3d(1)),
        *(nn.Conv3d(3, 3, 3, stride=2), nn.Dropout3d(0.5)),
    ),
    "pooled to one": lambda: nn.Sequential(
        *(nn.Conv3d(1, 4, 3, padding=1), nn.SiLU(), nn.AvgPool3d(2), nn.Conv3d(4, 5, 3)),
        *(nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(5, 2)),
    ),
    "a mean that rounds up": lambda: plain(nn.Conv3d(1, 3, 3), nn.ReLU(), nn.AvgPool3d(2, ceil_mode=True)),
    "in place behind": lambda: plain(nn.Conv3d(1, 1, 3), nn.Flatten(), nn.ReLU(inplace=True)),
    "in place behind a mean": lambda: nn.Sequential(
        *(nn.Conv3d(1, 4, 3), nn.AdaptiveAvgPool3d(1), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4, 2))
    ),
    "something else between": lambda: plain(nn.Conv3d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.Conv3d(4, 3, 3)),
}


def network(name):
    """One of ``NETWORKS`` in float64, with weights and statistics of a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        made = NETWORKS[name]().double().eval()
        made(torch.zeros(2, 1, *SHAPE, dtype=torch.float64))
        for kind, values in made.named_buffers():
            if kind.endswith(("running_mean", "running_var")):
                values.uniform_(0.5, 1.5)
    return made
