"""Occlusion of 116 regions of a brain at 2 mm against captum's FeatureAblation, on the network for ADNI.

The regions are made, in pairs of left and right as an atlas has them; the figure for 58 regions that are both at once,
whose parts lie far apart, is printed too. captum covers one region after another and passes the whole volume each
time, several at once where that is quicker: it is given the best number of them. Of its regions a seeded sample is
timed, from which its time for all follows; with ``--full`` all.
"""

import argparse
import random
from unittest import mock

import torch
from captum.attr import FeatureAblation

from benchmarks.heads import brains
from benchmarks.made_labels import paired_regions
from benchmarks.timing import interleaved, write_line
from voxplain.attribution.attribute import attribute
from voxplain.attribution.covered_passes import covered_passes
from voxplain.attribution.labels import label_covers
from voxplain.attribution.scoring import asked
from voxplain.networks.build import build
from voxplain.training.devices import keep_freed_memory, repeatable

REGIONS, SAMPLE, TOGETHER, REPEATS, TARGET = 116, 10, (1, 2, 4), 5, 12


def adni_cnn(shape, **options):
    """The network with weights and statistics of a seed."""
    torch.manual_seed(1)
    network = build("adni_cnn", shape, **options).eval().requires_grad_(False)
    for name, values in network.named_buffers():
        if name.endswith("running_var"):
            values.uniform_(0.5, 1.5)
    return network


def ours(network, volume, labels):
    """The map of all regions."""
    return attribute(network, volume, "region_occlusion", labels=labels, target=1, score="logit")


def captums(network, volume, labels, together=1):
    """captum's map, which takes label 0 for a region too."""
    method = FeatureAblation(network)
    mask = labels[None, None].to(volume.device)
    return method.attribute(volume, target=1, feature_mask=mask, perturbations_per_eval=together)


def compare(full):
    """Time both, with regions apart and merged, and write the line."""
    data, mask = next(brains(1))
    volume = torch.from_numpy(data).float()[None, None]
    volume, labels = volume / volume.max(), paired_regions(mask, REGIONS)
    network = adni_cnn(volume.shape[2:])
    figures = _timed(network, volume, labels, full)
    merged = _timed(network, volume, (labels + 1) // 2, full)
    gpu = "not measured"
    if torch.cuda.is_available():
        gpu = _timed(network.cuda(), volume.cuda(), labels, full)
    line = {"target": TARGET, "threads": 1, **figures, "merged": merged, "gpu": gpu}
    write_line("region_occlusion", line.pop("ratio"), _difference(), **line)


def _timed(network, volume, labels, full):
    names = list(range(1, int(labels.max()) + 1))
    chosen = names if full else random.Random(1).sample(names, SAMPLE)
    # all that is not in the sample is one more region
    numbers = torch.zeros(len(names) + 1, dtype=torch.long)
    numbers[chosen] = torch.arange(1, len(chosen) + 1)
    part = numbers[labels]
    passes = len(chosen) + 2
    tried = interleaved({n: lambda n=n: captums(network, volume, part, n) for n in TOGETHER}, 1)
    best = min(tried, key=tried.get)

    def waited(values):
        return float(values.flatten()[0])

    works = {
        "ours": lambda: waited(ours(network, volume, labels)),
        "peer": lambda: waited(captums(network, volume, part, best)),
    }
    seconds = interleaved(works, 1 if full else REPEATS)
    peer = seconds["peer"] / passes * (len(names) + 1)
    boxes = tuple(cover.box for cover in label_covers(labels))
    with torch.no_grad():
        question = asked(network, 1, "logit", volume)
        parts, whole = covered_passes(question, volume)(question, volume).work(boxes)
    figures = {"ratio": peer / seconds["ours"], "ours": seconds["ours"], "peer": peer, "together": best}
    figures = {key: round(value, 4) for key, value in figures.items()}
    return figures | {"regions": len(names), "multiplications": parts, "arithmetic_allows": round(whole / parts, 2)}


def _difference():
    """Largest difference over the largest value, in float64; captum rounds its own to float32 at the very end."""
    shape = (79, 83, 88)
    labels = paired_regions(torch.ones(shape).numpy() > 0, 20)
    network, volume = adni_cnn(shape, width=2).double(), torch.rand(1, 1, *shape, dtype=torch.float64)
    with mock.patch.object(torch.Tensor, "float", torch.Tensor.double):
        theirs = captums(network, volume, labels)
    return float((ours(network, volume, labels) - theirs).abs().max() / theirs.abs().max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all regions of the peer")
    keep_freed_memory()
    with repeatable(torch.device("cpu"), 1):
        compare(parser.parse_args().full)
