"""Integrated gradients of adni_cnn at 2 mm, 64 steps, against captum's at its best internal batch.

Both take the midpoints of 64 equal steps from a baseline of zeros. captum's best batch is found first, on fewer steps;
then both take turns, captum with ``SAMPLED`` of the 64 steps, whose time is scaled up, or with ``--full`` all of them.
"""

import argparse
import logging

import torch
from captum.attr import IntegratedGradients

from benchmarks.gradients import SHAPE, SMALL, TARGET, brain, difference, network, noise, timed_in_part
from benchmarks.timing import write_line
from voxplain.attribution.attribute import attribute
from voxplain.training.devices import keep_freed_memory

STEPS, SAMPLED, TRIED, RATIO = 64, 8, 8, 2.7
BATCHES = {"cpu": (1, 2, 4, 8), "cuda": (4, 16, 64)}


def ours(model, volume, steps=STEPS):
    """Our maps."""
    return attribute(model, volume, "integrated_gradients", target=TARGET, score="logit", steps=steps, rule="midpoint")


def theirs(model, volume, batch, steps=STEPS):
    """captum's maps."""
    peer = IntegratedGradients(model)
    return peer.attribute(volume, target=TARGET, n_steps=steps, method="riemann_middle", internal_batch_size=batch)


def timed(device, full):
    """The ratio on ``device`` and what is behind it."""
    steps = STEPS if full else SAMPLED
    mine, peer, batch, tried = timed_in_part(device, ours, theirs, STEPS, steps, TRIED, BATCHES[device])
    behind = {"peer_steps_timed": steps, "peer_batch": batch, "peer_batches": tried}
    apart = "with --full"
    if full:
        model, volume = network(SHAPE, device), brain().to(device)
        apart = difference(ours(model, volume), theirs(model, volume, batch))
    return peer / mine, {"ours": mine, "peer": peer, **behind, "single_difference": apart}


def compare(threads, full):
    """Time both, check that they agree, and write the line."""
    torch.set_num_threads(threads)
    logging.disable(logging.WARNING)
    model, volume = network(SMALL, double=True), noise(SMALL)
    error = difference(ours(model, volume, TRIED), theirs(model, volume, 4, TRIED))
    ratio, figures = timed("cpu", full)
    gpu = "not measured"
    if torch.cuda.is_available():
        times, behind = timed("cuda", True)
        gpu = {"ratio": times, **behind}
    write_line("integrated_gradients", ratio, error, target=RATIO, steps=STEPS, threads=threads, **figures, gpu=gpu)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of captum's steps, in place of 8 of 64")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    keep_freed_memory()
    compare(given.threads, given.full)
