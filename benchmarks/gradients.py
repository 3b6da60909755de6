"""The network and the brain that the benchmarks of gradient methods share, and their peer at its best batch."""

import warnings

import numpy as np
import torch

from benchmarks.heads import brains
from benchmarks.timing import interleaved
from voxplain.networks.build import build

SHAPE = (91, 109, 91)
SMALL = (79, 84, 78)
TARGET = 0


def network(shape, device="cpu", double=False):
    """adni_cnn with its published pools and settled batch norms, float32 or ``double``."""
    torch.manual_seed(1)
    made = build("adni_cnn", shape).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, value in made.state_dict().items():
            if name.endswith("running_mean"):
                value.copy_(torch.randn(value.shape, generator=generator) * 0.1)
            if name.endswith("running_var"):
                value.copy_(torch.rand(value.shape, generator=generator) * 0.1 + 0.05)
    return made.to(device, torch.float64 if double else torch.float32)


def brain():
    """One z-scored brain at 2 mm, (1, 1, 91, 109, 91) float32, with zeros around it."""
    volume, mask = next(brains(1))
    inside = volume[mask > 0].astype(np.float64)
    values = (volume - inside.mean()) / inside.std() * mask
    return torch.from_numpy(values.astype(np.float32))[None, None]


def noise(shape):
    """A small float64 volume, with a box of zeros, for the agreement."""
    made = torch.randn(1, 1, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    made[..., : shape[2] // 3] = 0
    return made


def best_batch(peer, sizes):
    """The size among ``sizes`` with which ``peer(size)`` is fastest, by one run each after one that does not count."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds = interleaved({size: lambda size=size: peer(size) for size in sizes}, 1)
    return min(seconds, key=seconds.get), {str(size): round(one, 3) for size, one in seconds.items()}


def difference(ours, theirs):
    """Largest difference as a share of the largest value."""
    theirs = theirs.detach()
    return float((ours - theirs).abs().max() / theirs.abs().max())


def synchronised(work):
    """``work`` until the GPU is done with it."""

    def run():
        work()
        torch.cuda.synchronize()

    return run


def timed_in_part(device, ours, theirs, count, sampled, tried, sizes, repeats=5):
    """Our seconds, the peer's for all ``count`` passes of which ``sampled`` are timed, its best batch, what was tried.

    ``ours(model, volume)`` and ``theirs(model, volume, batch, passes)`` make maps of the brain on ``device``; the best
    batch among ``sizes`` is found on ``tried`` passes.
    """
    model, volume = network(SHAPE, device), brain().to(device)
    whole = synchronised if device == "cuda" else lambda work: work
    batch, seconds_of = best_batch(lambda size: whole(lambda: theirs(model, volume, size, tried))(), sizes)
    works = {"peer": lambda: theirs(model, volume, batch, sampled), "ours": lambda: ours(model, volume)}
    seconds = interleaved({name: whole(work) for name, work in works.items()}, repeats)
    return seconds["ours"], seconds["peer"] * count / sampled, batch, seconds_of
