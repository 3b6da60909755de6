"""The whole cascade of one network, 8 brains at 3 mm, by gradient and by Grad-CAM, against Quantus's MPRT over captum.

Both randomise the same four layers of mrinet in the same draw, explain all brains at each step, and correlate the ranks
of their maps. Ours explains brain by brain, both methods from one pass, and ranks the voxels of each brain's mask, as
the workflow does; the peer has no masks, and explains its batch of brains at once or one by one, whichever is faster.
``everywhere_ratio`` is with all voxels ranked by both, ``every_measure_ratio`` with the correlation of absolute values
and the structural similarity besides, in the brain. ``error`` is of correlations over all voxels of
smaller noise, since of a constant background rounding decides what a pooling lets by.
"""

import argparse
import sys
import warnings
from copy import deepcopy
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam, Saliency
from scipy.ndimage import zoom

from benchmarks.gradients import best_batch
from benchmarks.heads import brains
from benchmarks.timing import interleaved, write_line
from voxplain.networks.build import build
from voxplain.sanity.randomisation import cascade, layers
from voxplain.sanity.several_methods import cascade_rows_of_all
from voxplain.sanity.similarity import MEASURES
from voxplain.training.devices import keep_freed_memory

SHAPE, SMALL = (52, 65, 54), (24, 27, 23)
BRAINS, SEED, TARGET, RATIO = 8, [1], 1, 3.0
# a Grad-CAM of nothing but zeros has no ranks, so both leave its ReLU out
METHODS = {"gradient": {}, "grad_cam": {"placement": "stretch", "relu": False}}


class Brains(list):
    """Volumes (1, x, y, z) as the workflow's store gives them, with their masks (x, y, z)."""

    def __init__(self, volumes, masks):
        super().__init__(volumes)
        self.masks, self.shape = masks, tuple(volumes[0].shape[1:])
        self.scans = [f"sub-{number}" for number in range(len(volumes))]

    def mask(self, place):
        """The voxels that count of one volume."""
        return self.masks[place]

    def everywhere(self):
        """The same volumes, of which every voxel counts."""
        return Brains(list(self), [torch.ones(self.shape, dtype=torch.uint8)] * len(self))


def made_brains(shape):
    """``Brains`` of the made heads of all benchmarks, on a grid of ``shape``."""
    volumes, masks = [], []
    for volume, mask in brains(BRAINS):
        scale = np.divide(shape, volume.shape)
        volume, mask = (zoom(one.astype(np.float32), scale, order=1) for one in (volume, mask))
        volumes.append(torch.from_numpy(volume / volume[mask > 0.5].mean())[None])
        masks.append(torch.from_numpy((mask > 0.5).astype(np.uint8)))
    return Brains(volumes, masks)


def made_noise(shape):
    """Three float64 volumes of noise, of which every voxel counts."""
    generator = torch.Generator().manual_seed(3)
    volumes = [torch.randn(1, *shape, dtype=torch.float64, generator=generator) for _ in range(3)]
    return Brains(volumes, []).everywhere()


def network(volumes, double=False):
    """mrinet of the demo's width, whose batch norms have seen the volumes."""
    torch.manual_seed(1)
    made, shown = build("mrinet", volumes.shape, width=8), torch.stack(list(volumes))
    made = made.double() if double else made
    with torch.no_grad():
        for _ in range(20):
            made.train()(shown)
    return made.eval()


def ours(model, volumes, measures=("spearman",)):
    """Our rows of both methods."""
    classes, seen = torch.full((len(volumes),), TARGET), np.ones(volumes.shape, bool)
    methods = [
        {"name": name, "method": name, "score": "logit", "options": options} for name, options in METHODS.items()
    ]
    return cascade_rows_of_all(model, volumes, classes, methods, seen, draws=1, seed=SEED, measures=measures)


def explained(model, inputs, targets, method):
    """captum's maps (batch, 1, x, y, z) of a batch, as Quantus asks for them."""
    inputs, targets = torch.as_tensor(inputs), torch.as_tensor(targets)
    if method == "gradient":
        return Saliency(model).attribute(inputs, target=targets, abs=False).numpy()
    cells = LayerGradCam(model, model.features.relu3).attribute(inputs, target=targets)
    return LayerAttribution.interpolate(cells, inputs.shape[2:], "trilinear").detach().numpy()


def theirs(model, volumes, batch, quantus):
    """Quantus's correlations by step of each method, of the network's own layers in our draw."""
    found = layers(model, volumes[0][None])
    shown, targets = np.stack([one.numpy() for one in volumes]), np.full(len(volumes), TARGET)
    scores = {}
    for method in METHODS:
        metric = quantus.MPRT(abs=False, normalise=False, disable_warnings=True)
        with (
            patch.object(quantus.PyTorchModel, "get_random_layer_generator", _our_draws(found)),
            # it refuses maps that are negative all over, as Grad-CAM's of random layers may be
            patch.object(quantus.asserts, "assert_attributions"),
        ):
            scores[method] = metric(
                model=model,
                x_batch=shown,
                y_batch=targets,
                channel_first=True,
                explain_func=explained,
                explain_func_kwargs={"method": method},
                batch_size=batch,
            )
    return scores


def quantus_alone():
    """The package Quantus, with a stand-in for torchvision, of which zennit knows the names of two blocks."""
    if find_spec("torchvision") is None:
        for name in ("torchvision", "torchvision.models", "torchvision.models.resnet"):
            sys.modules[name] = ModuleType(name)
            sys.modules[name].__dict__.update({block: type(block, (), {}) for block in ("Bottleneck", "BasicBlock")})
    quantus = import_module("quantus")
    kind = import_module("quantus.helpers.model.pytorch_model").PyTorchModel
    return SimpleNamespace(MPRT=quantus.MPRT, PyTorchModel=kind, asserts=import_module("quantus.helpers.asserts"))


def disagreement(rows, scores):
    """Largest difference between our signed correlations and Quantus's, over methods, steps and brains."""
    differences = []
    for method, of_steps in scores.items():
        for step, values in enumerate(of_steps.values()):
            own = [row["spearman"] for row in rows if (row["method"], row["step"]) == (method, step)]
            differences.append(np.abs(np.subtract(own, values)).max())
    return float(max(differences))


def _our_draws(found):
    def drawn(wrapped, **_):
        changed = deepcopy(wrapped.model)
        for layer, state in cascade(wrapped.model, found, [*SEED, 1]):
            changed.load_state_dict(state)
            yield layer, changed

    return drawn


def compare(threads, full):
    """Time both, check that they agree, and write the line."""
    torch.set_num_threads(threads)
    warnings.simplefilter("ignore")
    quantus, small = quantus_alone(), made_noise(SMALL)
    model = network(small, double=True)
    error = disagreement(ours(model, small), theirs(model, small, 3, quantus))
    volumes = made_brains(SHAPE)
    everywhere, model = volumes.everywhere(), network(volumes)
    batch, tried = best_batch(_pass_of(model, volumes), (1, BRAINS))
    works = {
        "peer": lambda: theirs(model, everywhere, batch, quantus),
        "ours": lambda: ours(model, volumes),
        "everywhere": lambda: ours(model, everywhere),
        "every_measure": lambda: ours(model, volumes, MEASURES),
    }
    seconds = interleaved(works, 9 if full else 5)
    ratios = {f"{name}_ratio": seconds["peer"] / seconds[name] for name in ("everywhere", "every_measure")}
    figures = {"brains": BRAINS, "threads": threads, "peer_batch": batch, "peer_batches": tried, **ratios, **seconds}
    write_line("randomisation", seconds["peer"] / seconds["ours"], error, target=RATIO, **figures)


def _pass_of(model, volumes):
    shown = np.stack([one.numpy() for one in volumes])

    def run(batch):
        for start in range(0, BRAINS, batch):
            part = shown[start : start + batch]
            explained(model, part, np.full(len(part), TARGET), "gradient")

    return run


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="9 rounds in place of 5")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    keep_freed_memory()
    compare(given.threads, given.full)
