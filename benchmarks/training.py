"""A training step on volumes read from the store, plain and augmented, against the same step on tensors in memory.

Each round is a short epoch of the training loop as it is, its reading thread started anew, so that waiting for the
first batch counts. ``--layouts`` times each network's step in both memory layouts instead, for the table in
``voxplain/training/devices.py``. Nothing here uses a GPU.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.heads import AFFINE, brains
from benchmarks.timing import interleaved, write_line
from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.table import networks
from voxplain.store import Volumes, write_store
from voxplain.training.augmentation import augmentation_of
from voxplain.training.batches import Batch, batch_places, batches
from voxplain.training.devices import keep_freed_memory, memory_format, repeatable
from voxplain.training.epochs import train_epoch
from voxplain.training.loop import fit

AUGMENTATION = {"flip": 0.5, "rotation": 10, "scaling": 0.1, "noise": 0.05}
SCANS = {"mrinet": 2, "adni_cnn": 16}
BATCH = 2
SMALL = (22, 26, 24)


def compare(folder, full):
    """Time both networks with one thread and with two, and write the line."""
    rows = ((f"sub-{n}", f"sub-{n}", volume, mask) for n, (volume, mask) in enumerate(brains(max(SCANS.values()))))
    write_store(
        folder / "two.h5", ((*names, volume / 1000, mask) for *names, volume, mask in rows), AFFINE, "mni152", {}
    )
    figures = {}
    for threads in (1, 2):
        for name, scans in SCANS.items():
            volumes = Volumes(folder / "two.h5", [f"sub-{number}" for number in range(scans)])
            seconds = _epoch_seconds(name, volumes, threads, 15 if full else 5)
            figures |= {
                f"{name}_{threads}_{kind}": seconds["memory"] / seconds[kind] for kind in ("store", "augmented")
            }
            figures[f"{name}_{threads}_seconds_a_volume"] = seconds["memory"] / scans
    plain, augmented = (
        min(value for key, value in figures.items() if key.endswith(kind)) for kind in ("store", "augmented")
    )
    targets = {"target": 0.97, "augmented_ratio": augmented, "augmented_target": 0.8}
    write_line("training", plain, _difference(folder), **targets, **figures, batch=BATCH, gpu="not measured")


def _epoch_seconds(name, volumes, threads, repeats):
    network, layout, labels = _ready(name, volumes.shape), memory_format(name), np.arange(len(volumes)) % 2
    optimiser = torch.optim.Adam(network.parameters())
    places = batch_places(list(range(len(volumes))), BATCH)
    in_memory = list(batches(volumes, labels, places, memory_format=layout))

    def epoch(ahead):
        train_epoch(network, optimiser, ahead, torch.device("cpu"), 1, volumes.scans)

    def read(augmentation):
        return batches(volumes, labels, places, memory_format=layout, augmentation=augmentation, key=(1, 1))

    works = {
        "memory": lambda: epoch(in_memory),
        "store": lambda: epoch(read(None)),
        "augmented": lambda: epoch(read(augmentation_of(AUGMENTATION))),
    }
    with repeatable(torch.device("cpu"), threads):
        return interleaved(works, repeats)


def _ready(name, shape):
    torch.manual_seed(1)
    return build(name, shape).to(memory_format=memory_format(name))


def _difference(folder):
    """Largest difference, in float64, of weights trained on a small store and on the same tensors in memory."""
    generator = np.random.default_rng(1)
    rows = ((f"sub-{n}", f"sub-{n}", generator.random(SMALL), np.ones(SMALL)) for n in range(6))
    write_store(folder / "small.h5", rows, AFFINE, "mni152", {})
    volumes, weights = Volumes(folder / "small.h5"), []
    settings = {"epochs": 2, "batch": 2, "optimiser": "adam", "learning_rate": 1e-3, "patience": None, "threads": 1}
    for gigabytes in (0, 1):
        torch.manual_seed(1)
        network = build("mrinet", SMALL, width=4).double()
        network.register_forward_pre_hook(lambda module, given: (given[0].double(),))
        half = Volumes(volumes.path, volumes.scans[:4]), [0, 1, 0, 1], Volumes(volumes.path, volumes.scans[4:]), [0, 1]
        weights.append(fit(network, *half, seed=1, settings=settings | {"max_memory_gb": gigabytes})[0])
    return max(float((weights[0][name] - weights[1][name]).abs().max()) for name in weights[0])


def compare_layouts(names):
    """Write one line: how many times faster a step of each network is with the channels innermost."""
    figures, shapes = {}, {}
    for name in names or networks():
        shapes[name] = _fitting_shape(name)
        for threads in (1, 2):
            with repeatable(torch.device("cpu"), threads):
                works = {kind: _step(name, shapes[name], layout) for kind, layout in LAYOUTS.items()}
                seconds = interleaved(works, 3)
            figures[f"{name}_{threads}"] = seconds["first"] / seconds["last"]
    write_line("layouts", min(figures.values()), 0.0, **figures, shapes=shapes, batch=BATCH)


LAYOUTS = {"first": torch.contiguous_format, "last": torch.channels_last_3d}
GRIDS = (64, 76, 64), (91, 109, 91), (110, 110, 110), (128, 128, 128)


def _fitting_shape(name):
    for shape in GRIDS[1:] if name in SCANS else GRIDS:
        try:
            build(name, shape)
            return shape
        except SettingsError:
            continue
    return 193, 229, 193


def _step(name, shape, layout):
    torch.manual_seed(1)
    network = build(name, shape).to(memory_format=layout)
    optimiser = torch.optim.Adam(network.parameters())
    batch = torch.rand(BATCH, 1, *shape).contiguous(memory_format=layout)
    ready = [Batch([0, 1], batch, torch.tensor([0, 1]))]
    return lambda: train_epoch(network, optimiser, ready, torch.device("cpu"), 1, ["sub-0", "sub-1"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="15 repeats in place of 5")
    parser.add_argument(
        "--layouts", nargs="*", metavar="NETWORK", help="time the memory layouts instead, of all networks"
    )
    asked = parser.parse_args()
    keep_freed_memory()
    if asked.layouts is not None:
        compare_layouts(asked.layouts)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(Path(folder), asked.full)
