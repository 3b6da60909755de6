"""A mask by meaningful perturbation against the published procedure on brains, both judged by the published objective.

The peer is the procedure of Kan et al. 2020 as described: one volume at a time, 300 steps of Adam, 10 shifts in each, a
kernel of 5 voxels along each axis as one convolution in three dimensions. It passes its shifts together or one by one,
whichever is faster. Ours is the preset ``kan2020_fast``. Both explain a MriNet, fitted here in seconds, and are
judged by the published objective at 45 fixed shifts. Without ``--full`` the network is a quarter as wide and the peer
makes its first 70 steps (its rate has fallen to a hundredth by then), from which the time of 300 follows; with it all.
Agreement: the masks of the preset ``kan2020`` and of the peer in float64, with the same shifts.
"""

import argparse
from itertools import product

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.heads import brains
from benchmarks.timing import interleaved, write_line
from voxplain.attribution.attribute import attribute
from voxplain.networks.build import build
from voxplain.training.devices import keep_freed_memory, repeatable

SHAPE, PLACE = (58, 70, 58), (slice(20, 30), slice(40, 52), slice(26, 36))
SCANS, EPOCHS, STEPS, SHIFTS, REPEATS, TARGET = 10, 20, 300, 10, 5, 5


class Published:
    """The published procedure for one volume, (1, 1, x, y, z), and the probability of ``target``."""

    def __init__(self, network, volume, target):
        self.network, self.volume, self.target = network, volume, target
        self.generator = torch.Generator().manual_seed(0)
        line = torch.exp(-(torch.arange(-2, 3).to(volume) ** 2) / (2 * 10.0**2))
        kernel = torch.einsum("i,j,k->ijk", line, line, line)[None, None]
        self.kernel = kernel / kernel.sum()
        self.share = F.conv3d(torch.ones_like(volume), self.kernel, padding=2)
        cells = [length // 4 for length in volume.shape[2:]]
        self.cells = torch.ones(1, 1, *cells, dtype=volume.dtype, device=volume.device, requires_grad=True)
        self.optimiser = torch.optim.Adam([self.cells], lr=0.3, betas=(0.9, 0.99), amsgrad=True)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimiser, 30, 0.1)
        self.done, self.best, self.least = 0, None, float("inf")

    def smooth(self, values):
        """``values`` under the kernel, a constant staying as it is."""
        return F.conv3d(values, self.kernel, padding=2) / self.share

    def laid(self, cells):
        """Cells interpolated to voxels."""
        return F.interpolate(cells, self.volume.shape[2:], mode="trilinear", align_corners=False)

    def moved(self, offsets):
        """The volume read further along each axis, zeros behind it."""
        ends = zip(offsets, self.volume.shape[2:], strict=True)
        return F.pad(self.volume, (0, 5) * 3)[(..., *(slice(at, at + length) for at, length in ends))]

    def probabilities(self, mask, volumes):
        """Of the class, for volumes under a mask."""
        return self.network(volumes * mask + self.smooth(volumes) * (1 - mask)).softmax(1)[:, self.target]

    def step(self, together):
        """One step, its shifts in one batch or one by one."""
        offsets = [torch.randint(0, 5, (3,), generator=self.generator).tolist() for _ in range(SHIFTS)]
        batches = [offsets] if together else [[one] for one in offsets]
        self.optimiser.zero_grad()
        total = 0.0
        for batch in batches:
            mask = self.smooth(self.laid(self.cells))
            found = self.probabilities(mask, torch.cat([self.moved(one) for one in batch]))
            short = (found - 0.05).relu().sum() / SHIFTS
            short.backward()
            total += short.item()
        mask = self.smooth(self.laid(self.cells))
        variation = sum(mask.diff(dim=axis).abs().pow(7).mean() for axis in (2, 3, 4))
        penalty = min(self.done / 60, 1) * (3 * (1 - self.cells).mean() + variation)
        penalty.backward()
        total += penalty.item()
        if self.done > 50 and total < self.least:
            self.best, self.least = self.cells.detach().clone(), total
        self.optimiser.step()
        self.schedule.step()
        self.done += 1
        with torch.no_grad():
            self.cells.clamp_(0, 1)

    def map(self, steps, together):
        """The shown mask after ``steps``."""
        while self.done < steps:
            self.step(together)
        return self.laid(1 - self.best)

    @torch.no_grad()
    def objective(self, map):
        """The published objective of a shown mask: the mean over 45 shifts, and both penalties."""
        mask = self.smooth(1 - map)
        short = [
            (self.probabilities(mask, self.moved(one)) - 0.05).relu() for one in product(range(5), range(5), (0, 2, 4))
        ]
        variation = sum(mask.diff(dim=axis).abs().pow(7).mean() for axis in (2, 3, 4))
        return float(torch.cat(short).mean() + 3 * map.mean() + variation)


def ours(network, volume, target, preset="kan2020_fast", **options):
    """The mask of one volume."""
    options |= {"target": target, "score": "probability", "preset": preset}
    return attribute(network, volume, "meaningful_perturbation", **options)


def volumes():
    """Brains at the published size; in every other one a place is half as bright."""
    made = torch.stack([torch.from_numpy(volume).float()[None] for volume, _ in brains(SCANS)])
    made = F.interpolate(made, SHAPE, mode="trilinear", align_corners=False)
    made[(slice(1, None, 2), 0, *PLACE)] *= 0.5
    return made / made.amax((1, 2, 3, 4), keepdim=True)


def fitted(made, width):
    """A MriNet that tells the two kinds of volumes apart."""
    torch.manual_seed(1)
    network = build("mrinet", SHAPE, width=width, dropout=0.0).train()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm3d):
            # few steps: running statistics that keep up
            layer.momentum = 0.3
    optimiser, labels = torch.optim.Adam(network.parameters(), lr=1e-3), torch.arange(len(made)) % 2
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(made)).split(5):
            optimiser.zero_grad()
            F.cross_entropy(network(made[batch]), labels[batch]).backward()
            optimiser.step()
    return network.eval().requires_grad_(False)


def compare(full):
    """Time both, judge both, and write the line."""
    made, figures = volumes(), {}
    network, volume = fitted(made, 32 if full else 8), made[1:2]
    figures |= _measured(network, volume, STEPS if full else 70)
    gpu = "not measured"
    if torch.cuda.is_available():
        gpu = _measured(network.cuda(), volume.cuda(), STEPS)
    error = _difference()
    write_line("meaningful_perturbation", figures.pop("ratio"), error, target=TARGET, threads=1, **figures, gpu=gpu)


def _measured(network, volume, steps):
    target = int(network(volume).argmax())
    peer, spare = Published(network, volume, target), Published(network, volume, target)
    found = ours(network, volume, target)
    works = {"peer_each": lambda: spare.step(False), "peer_together": lambda: spare.step(True)}
    together = min(seconds := interleaved(works, 1), key=seconds.get) == "peer_together"
    losses = {
        "loss": peer.objective(found),
        "peer_loss": peer.objective(peer.map(steps, together)),
        "no_mask_loss": peer.objective(torch.zeros_like(volume)),
    }

    def work():
        ours(network, volume, target)
        _wait(volume)

    def peer_work():
        spare.step(together)
        _wait(volume)

    seconds = interleaved({"ours": work, "peer_step": peer_work}, REPEATS)
    ratio = STEPS * seconds["peer_step"] / seconds["ours"]
    no_worse = losses["loss"] <= losses["peer_loss"]
    return {"ratio": ratio, **seconds, "peer_steps": steps, "peer_together": together, **losses, "no_worse": no_worse}


def _wait(volume):
    if volume.is_cuda:
        torch.cuda.synchronize()


def _difference():
    """Largest difference, in float64, of the shown masks of the published preset and of the peer."""
    torch.manual_seed(1)
    # smooth: in a border of zeros the largest of equals, through which a slope goes, is a matter of rounding
    layers = nn.Conv3d(1, 4, 3), nn.Tanh(), nn.AvgPool3d(2), nn.Conv3d(4, 4, 3), nn.Tanh(), nn.Flatten()
    network = nn.Sequential(*layers, nn.Linear(4 * 8 * 9 * 10, 2)).double().requires_grad_(False)
    network[-1].weight *= 100
    # borders of zeros, at which the peer blurs what it has moved and ours moves what it has blurred
    volume = F.pad(3 * torch.rand(1, 1, 8, 10, 12, dtype=torch.float64), (9, 5) * 3)
    target, steps = 1, 60
    # a probability of 0.95, which a mask is worth its area to lower
    network[-1].bias[target] += 3 - network(volume)[0].diff()[0]
    found = ours(network, volume, target, preset="kan2020", fill={"blur": 10.0}, iterations=steps)
    return float((found - Published(network, volume, target).map(steps, False)).abs().max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="the published width and all steps of the peer")
    keep_freed_memory()
    with repeatable(torch.device("cpu"), 1):
        compare(parser.parse_args().full)
