"""Trainings of a small network on made volumes."""

from pathlib import Path

import torch

from voxplain.networks.build import build
from voxplain.store import Volumes
from voxplain.training.augmentation import augmentation_of
from voxplain.training.loop import fit

ROOT = Path(__file__).parents[3]
SETTINGS = {
    "epochs": 4,
    "batch": 3,
    "optimiser": "adam",
    "learning_rate": 1e-3,
    "weight_decay": 0.01,
    "milestones": [2],
    "gamma": 0.5,
    "patience": None,
    "threads": 1,
    "max_memory_gb": 1,
}
OPTIONS = "checkpoint", "history", "code", "pieces"
ASKED = {"flip": 0.5, "rotation": 5, "scaling": 0.05, "noise": 0.1}
AUGMENTATION = augmentation_of(ASKED)


def untrained(shape, seed=1):
    torch.manual_seed(seed)
    return build("mrinet", shape, width=2)


def trained(volumes, labels, network=None, *, seed=1, held=4, augmentation=None, **changes):
    options = {name: changes.pop(name) for name in OPTIONS if name in changes}
    train, validation = volumes.scans[held:], volumes.scans[:held]
    return fit(
        network or untrained(volumes.shape),
        Volumes(volumes.path, train),
        labels[held:],
        Volumes(volumes.path, validation),
        labels[:held],
        seed=seed,
        settings=SETTINGS | changes,
        augmentation=augmentation,
        **options,
    )


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def losses(history):
    return history
