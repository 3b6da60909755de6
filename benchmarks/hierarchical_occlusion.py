"""Occlusion of a hierarchy of 19 levels in a volume of 110 voxels a side against a forward pass for each segment.

The peer is the procedure of Yang, Rangarajan, Ranka 2018 as described, on the same VoxCNN: for each segment of each
level, also where a level repeats another, the volume without it passes through the network. The levels are made, with
as many segments as those published. Of the peer's passes some are timed, from which the time for all follows, since
they are alike; with ``--full`` all. Background is no segment to either of them.
"""

import argparse

import numpy as np
import torch

from benchmarks.heads import brains
from benchmarks.made_labels import nested_levels
from benchmarks.timing import interleaved, write_line
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.networks.build import build
from voxplain.training.devices import keep_freed_memory, repeatable

# segments of the published example, less the background; those of the second level are not told
COUNTS = (768, 200, 62, 53, 45, 38, 32, 27, 23, 18, 14, 13, 6, 6, 5, 5, 2, 2, 2)
SIDE, SAMPLE, REPEATS, TARGET = 110, 8, 5, 8


def looped(network, volume, levels, passes=None):
    """The mean over levels of the drop, a pass for each segment, in all its voxels; at most ``passes`` passes."""
    total = torch.zeros_like(volume)
    with torch.no_grad():
        plain, done = network(volume)[0, 1], 0
        for level in levels:
            for name in range(1, int(level.max()) + 1):
                if done == passes:
                    return total / len(levels)
                inside = level == name
                total[..., inside] += plain - network(volume.masked_fill(inside, 0))[0, 1]
                done += 1
    return total / len(levels)


def ours(network, volume, levels):
    """The map of all segments."""
    return attribute(network, volume, "hierarchical_occlusion", segments=levels, target=1, score="logit")


def compare(full):
    """Time both, and write the line."""
    data, inside = next(brains(1))
    volume, mask = torch.zeros(1, 1, SIDE, SIDE, SIDE), np.zeros((SIDE,) * 3, bool)
    place = tuple(slice((SIDE - length) // 2, (SIDE - length) // 2 + length) for length in data.shape)
    volume[0, 0][place], mask[place] = torch.from_numpy(data).float(), inside > 0
    volume, levels = volume / volume.max(), nested_levels(mask, COUNTS)
    network = _vox_cnn((SIDE,) * 3)
    figures = _timed(network, volume, levels, full)
    gpu = "not measured"
    if torch.cuda.is_available():
        gpu = _timed(network.cuda(), volume.cuda(), levels.cuda(), full)
    write_line("hierarchical_occlusion", figures.pop("ratio"), _difference(), target=TARGET, **figures, gpu=gpu)


def _vox_cnn(shape, **options):
    torch.manual_seed(1)
    return build("vox_cnn", shape, **options).eval().requires_grad_(False)


def _timed(network, volume, levels, full):
    passes = sum(COUNTS) if full else SAMPLE

    def waited(values):
        return float(values.flatten()[0])

    works = {
        "ours": lambda: waited(ours(network, volume, levels)),
        "peer": lambda: waited(looped(network, volume, levels, passes)),
        "one": lambda: waited(looped(network, volume, levels, 0)),
    }
    with notes() as said:
        seconds = interleaved(works, 1 if full else REPEATS)
    each = (seconds["peer"] - seconds["one"]) / passes
    peer = seconds["one"] + each * sum(COUNTS)
    figures = {"ratio": peer / seconds["ours"], "ours": seconds["ours"], "peer": peer, "peer_each": each}
    figures = {key: round(value, 4) for key, value in figures.items()}
    differing = {"segments": sum(COUNTS), "different_segments": said["segments"][0], "path": said["path"]}
    return figures | differing | {"threads": torch.get_num_threads()}


def _difference():
    """Largest difference over the largest value, in float64; no level repeats another, which ours counts once."""
    shape = (100, 104, 102)
    network, levels = _vox_cnn(shape, width=2).double(), nested_levels(np.ones(shape, bool), (16, 7, 3))
    volume = torch.rand(1, 1, *shape, dtype=torch.float64)
    theirs = looped(network, volume, levels)
    return float((ours(network, volume, levels) - theirs).abs().max() / theirs.abs().max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all passes of the peer")
    keep_freed_memory()
    with repeatable(torch.device("cpu"), 1):
        compare(parser.parse_args().full)
