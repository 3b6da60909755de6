"""One volume changed at random: flips, rotation with scaling, elastic deformation, bias field, noise, from one seed."""

import os

import numpy as np
import torch
from torchio import Affine, BiasField, ElasticDeformation, Flip, ScalarImage, Subject

from voxplain.training.streams import stream

AXES = ("left_right", "back_front", "bottom_top")
CONTROL_POINTS = 7
BORDER = 2  # control points at each side that stay, so that the border moves by a sixth of the most at most
BIAS_ORDER = 3
BIAS_TERMS = 20  # of a polynomial of that order in three variables
FLIPS, ELASTIC, BIAS = 1, 2, 3  # streams of their own: what one draws does not depend on what else is asked for

# World axes of an array given as (z, y, x), the order in which ITK keeps it: so it is copied far faster.
REVERSED = np.eye(4)[[2, 1, 0, 3]]

# The network's step keeps the cores busy; the resampling runs beside it in one thread.
os.environ.setdefault("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")


def augmented(volume, settings, seed, *, factor=1.0, spacing=(1, 1, 1), intensities=None):
    """A ``(channels, x, y, z)`` RAS+ volume, changed at random by what ``settings`` names; the same for the same seed.

    ``flip``: probability of a flip along each of ``flip_axes`` (left_right where not given). ``rotation``: largest
    angle about each axis, in degrees. ``scaling``: largest change of size along each axis, as a share (.1: .9 to 1.1).
    ``elastic``: largest displacement of a smooth deformation along each axis, in mm. ``bias``: largest coefficient of a
    smooth bias field, exp of a polynomial of order 3, on the channels ``intensities`` (None: all). ``noise``: standard
    deviation of Gaussian noise, in the volume's own unit. Besides, the volume is made ``factor`` times as large about
    its middle. ``spacing`` is that of its voxels in mm.
    """
    generator = torch.Generator().manual_seed(seed)
    draws = torch.rand(7, generator=generator, dtype=torch.float64)
    angles, scales = (2 * draws[1:4] - 1).tolist(), (2 * draws[4:7] - 1).tolist()
    for axis in _flipped(settings, float(draws[0]), seed):
        volume = _transformed(volume, Flip(axis))
    rotation, scaling = settings.get("rotation", 0), settings.get("scaling", 0)
    if rotation or scaling or factor != 1:
        volume = rescaled(
            volume, [factor * (1 + scaling * scale) for scale in scales], [rotation * angle for angle in angles]
        )
    if elastic := settings.get("elastic", 0):
        volume = _deformed(volume, [elastic / size for size in spacing], _drawn(seed, ELASTIC))
    if bias := settings.get("bias", 0):
        volume = _biased(volume, bias, _drawn(seed, BIAS), intensities)
    if noise := settings.get("noise", 0):
        volume = _reversed(torch.randn(_reversed(volume).shape, generator=generator).mul_(noise)).add_(volume)
    return volume


def rescaled(volume, scales, degrees=(0, 0, 0)):
    """A ``(channels, x, y, z)`` volume made ``scales`` times as large along each axis about its middle, and turned."""
    change = Affine(scales=list(scales), degrees=list(degrees), translation=(0, 0, 0), default_pad_value=0)
    return _reversed(_transformed(_reversed(volume), change, REVERSED))


def _flipped(settings, first, seed):
    """Places of the axes that are flipped; ``first`` is the draw of left and right."""
    probability, axes = settings.get("flip", 0), settings.get("flip_axes") or AXES[:1]
    others = torch.rand(2, generator=_drawn(seed, FLIPS), dtype=torch.float64).tolist()
    draws = dict(zip(AXES, (first, *others), strict=True))
    return [AXES.index(axis) for axis in axes if draws[axis] < probability]


def _deformed(volume, largest, generator):
    """Smoothly deformed by cubic B-splines, at most ``largest`` voxels along each axis."""
    points = 2 * torch.rand(*[CONTROL_POINTS] * 3, 3, generator=generator, dtype=torch.float64).numpy() - 1
    inside = np.zeros([CONTROL_POINTS] * 3 + [1])
    inside[(slice(BORDER, -BORDER),) * 3] = 1
    return _transformed(volume, ElasticDeformation(points * inside * largest, tuple(largest)))


def _biased(volume, largest, generator, intensities):
    coefficients = largest * (2 * torch.rand(BIAS_TERMS, generator=generator, dtype=torch.float64) - 1)
    chosen = list(range(len(volume))) if intensities is None else intensities
    changed = volume.clone()
    changed[chosen] = _transformed(volume[chosen], BiasField(coefficients.tolist(), BIAS_ORDER))
    return changed


def _drawn(seed, name):
    return torch.Generator().manual_seed(stream(seed, name))


def _reversed(volume):
    return volume.permute(0, 3, 2, 1)


def _transformed(volume, transform, affine=None):
    # Calling a torchio transform, and its Noise, draws from torch's global state, which dropout uses at the same time.
    return transform.apply_transform(Subject(volume=ScalarImage(tensor=volume, affine=affine)))["volume"].data
