"""Augmented training volumes: a left-right flip, a rotation with scaling, noise, each drawn from one seed."""

import os

import numpy as np
import torch
from torchio import Affine, Flip, ScalarImage, Subject

LEFT_RIGHT = 0

# World axes of an array given as (z, y, x), the order in which ITK keeps it: so it is copied far faster.
REVERSED = np.eye(4)[[2, 1, 0, 3]]

# The network's step keeps the cores busy; the resampling runs beside it in one thread.
os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")


class Augmentation:
    """What ``settings`` ask for, as ``augmentation(volume, place, seed)``; ``about`` are the settings."""

    def __init__(self, settings):
        self.about = dict(settings)

    def __call__(self, volume, place, seed):
        return augmented(volume, self.about, seed)


def augmentation_of(settings, train=None, labels=None):
    """The Augmentation that ``settings`` ask for; None where they ask for nothing."""
    return Augmentation(settings) if settings else None


def augmented(volume, settings, seed):
    """A ``(channels, x, y, z)`` RAS+ volume, changed at random by what ``settings`` names; the same for the same seed.

    ``flip``: probability of a left-right flip. ``rotation``: largest angle about each axis, in degrees.
    ``scaling``: largest change of size along each axis, as a share (0.1: 0.9 to 1.1). ``noise``: standard deviation of
    Gaussian noise, in the volume's own unit.
    """
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(7, generator=generator, dtype=torch.float64)
    angles, scales = (2 * draws[1:4] - 1).tolist(), (2 * draws[4:7] - 1).tolist()
    if draws[0] < settings.get("flip", 0):
        volume = _transformed(volume, Flip(LEFT_RIGHT))
    rotation, scaling = settings.get("rotation", 0), settings.get("scaling", 0)
    if rotation or scaling:
        change = Affine(
            scales=[1 + scaling * scale for scale in scales],
            degrees=[rotation * angle for angle in angles],
            translation=(0, 0, 0),
            default_pad_value=0,
        )
        volume = _reversed(_transformed(_reversed(volume), change, REVERSED))
    noise = settings.get("noise", 0)
    if noise:
        volume = _reversed(torch.randn(_reversed(volume).shape, generator=generator).mul_(noise)).add_(volume)
    return volume


def _reversed(volume):
    return volume.permute(0, 3, 2, 1)


def _transformed(volume, transform, affine=None):
    # Calling a torchio transform, and its Noise, draws from torch's global state, which dropout uses at the same time.
    return transform.apply_transform(Subject(volume=ScalarImage(tensor=volume, affine=affine)))["volume"].data
