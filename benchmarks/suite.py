"""Six maps of one batch of two brains at 2 mm by adni_cnn, asked for together, against six calls of captum.

Gradient, gradient times input, guided backpropagation, deconvnet, Grad-CAM and guided Grad-CAM. Grad-CAM is stretched
over the volume, as captum does it. captum's guided backpropagation and deconvnet see the network's ReLU modules.
"""

import argparse
import warnings

import torch
from captum.attr import (
    Deconvolution,
    GuidedBackprop,
    GuidedGradCam,
    InputXGradient,
    LayerAttribution,
    LayerGradCam,
    Saliency,
)

from benchmarks.gradients import SHAPE, SMALL, TARGET, brain, difference, network, noise, synchronised
from benchmarks.timing import interleaved, write_line
from voxplain.attribution.attribute import attribute_all
from voxplain.training.devices import keep_freed_memory

CAM, RATIO = {"placement": "stretch"}, 2.2
METHODS = {
    "gradient": {},
    "grad_times_input": {},
    "guided_backprop": {},
    "deconvnet": {},
    "grad_cam": CAM,
    "guided_grad_cam": CAM,
}


def ours(model, volumes):
    """Our six maps."""
    return attribute_all(model, volumes, METHODS, target=TARGET, score="logit")


def theirs(model, volumes):
    """captum's six maps."""
    asked = {"target": TARGET}
    with warnings.catch_warnings():
        # of hooks and of gradients that it sets
        warnings.simplefilter("ignore")
        layer = model.features.relu4
        cells = LayerGradCam(model, layer).attribute(volumes, **asked, relu_attributions=True)
        return {
            "gradient": Saliency(model).attribute(volumes, **asked, abs=False),
            "grad_times_input": InputXGradient(model).attribute(volumes, **asked).detach(),
            "guided_backprop": GuidedBackprop(model).attribute(volumes, **asked),
            "deconvnet": Deconvolution(model).attribute(volumes, **asked),
            "grad_cam": LayerAttribution.interpolate(cells, volumes.shape[2:], "trilinear").detach(),
            "guided_grad_cam": GuidedGradCam(model, layer).attribute(volumes, **asked, interpolate_mode="trilinear"),
        }


def timed(device, repeats):
    """The ratio on ``device``, and the seconds behind it."""
    model, volumes = network(SHAPE, device), brain().to(device).repeat(2, 1, 1, 1, 1)
    volumes[1] = volumes[1].flip(0)
    whole = synchronised if device == "cuda" else lambda work: work
    works = {"peer": whole(lambda: theirs(model, volumes)), "ours": whole(lambda: ours(model, volumes))}
    seconds = interleaved(works, repeats)
    return seconds["peer"] / seconds["ours"], seconds


def compare(threads, full):
    """Time both, check that they agree, and write the line."""
    torch.set_num_threads(threads)
    model, volumes = network(SMALL, double=True), noise(SMALL)
    found, expected = ours(model, volumes), theirs(model, volumes)
    error = max(difference(found[name], expected[name]) for name in METHODS)
    ratio, seconds = timed("cpu", 15 if full else 5)
    gpu = "not measured"
    if torch.cuda.is_available():
        times, behind = timed("cuda", 15)
        gpu = {"ratio": times, **behind}
    write_line("suite", ratio, error, target=RATIO, batch=2, threads=threads, **seconds, gpu=gpu)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="15 rounds in place of 5")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    keep_freed_memory()
    compare(given.threads, given.full)
