"""SmoothGrad of adni_cnn at 2 mm, 32 samples, against captum's NoiseTunnel over Saliency at its best batch.

Both draw Gaussian noise of the same standard deviation, each in its own way, in its time. captum's best batch is found
first, on fewer samples; then both take turns, captum with ``SAMPLED`` of the 32 samples, whose time is scaled up, or
with ``--full`` all of them. For the agreement ours is compared with the mean of captum's Saliency over our draws.
"""

import argparse

import torch
from captum.attr import NoiseTunnel, Saliency

from benchmarks.gradients import SMALL, TARGET, difference, network, noise, timed_in_part
from benchmarks.timing import write_line
from voxplain.attribution.attribute import attribute
from voxplain.training.devices import keep_freed_memory

SAMPLES, SAMPLED, TRIED, DEVIATION, RATIO = 32, 8, 4, 0.3, 2.0
BATCHES = {"cpu": (1, 2, 4), "cuda": (4, 16, 32)}


def ours(model, volume, samples=SAMPLES):
    """Our maps."""
    options = {"samples": samples, "noise": DEVIATION, "unit": "absolute"}
    return attribute(model, volume, "smoothgrad", target=TARGET, score="logit", **options)


def theirs(model, volume, batch, samples=SAMPLES):
    """captum's maps, of noise of its own."""
    options = {"nt_samples": samples, "nt_samples_batch_size": batch, "stdevs": DEVIATION}
    return NoiseTunnel(Saliency(model)).attribute(volume, **options, target=TARGET, abs=False)


def of_our_noise(model, volume):
    """The mean of captum's Saliency over the noise that ours draws."""
    generator, peer = torch.Generator().manual_seed(0), Saliency(model)
    total = torch.zeros_like(volume)
    for _ in range(TRIED):
        drawn = torch.randn(volume.shape[1:], dtype=torch.float64, generator=generator)
        total += peer.attribute(volume + DEVIATION * drawn, target=TARGET, abs=False) / TRIED
    return total


def timed(device, full):
    """The ratio on ``device`` and what is behind it."""
    samples = SAMPLES if full else SAMPLED
    mine, peer, batch, tried = timed_in_part(device, ours, theirs, SAMPLES, samples, TRIED, BATCHES[device])
    behind = {"peer_samples_timed": samples, "peer_batch": batch, "peer_batches": tried}
    return peer / mine, {"ours": mine, "peer": peer, **behind}


def compare(threads, full):
    """Time both, check that they agree, and write the line."""
    torch.set_num_threads(threads)
    model, volume = network(SMALL, double=True), noise(SMALL)
    error = difference(ours(model, volume, TRIED), of_our_noise(model, volume))
    ratio, figures = timed("cpu", full)
    gpu = "not measured"
    if torch.cuda.is_available():
        times, behind = timed("cuda", True)
        gpu = {"ratio": times, **behind}
    write_line("smoothgrad", ratio, error, target=RATIO, samples=SAMPLES, threads=threads, **figures, gpu=gpu)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of captum's samples, in place of 8 of 32")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    keep_freed_memory()
    compare(given.threads, given.full)
