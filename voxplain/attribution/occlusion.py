"""Occlusion: how much the score drops when a cube of the volume is covered.

Zeiler, Fergus 2014, arXiv 1311.2901.
"""

from itertools import product

import torch

from voxplain.attribution.drops import Cover, score_drops
from voxplain.attribution.fills import fills
from voxplain.attribution.grids import spread
from voxplain.attribution.memory import MAX_MEMORY_GB
from voxplain.errors import SettingsError
from voxplain.networks.options import check_choice, whole_number


def occlusion(
    question,
    volumes,
    *,
    size=8,
    stride=4,
    grid="corner",
    fill=0.0,
    seed=0,
    positive=False,
    placement="field",
    max_memory_gb=MAX_MEMORY_GB,
):
    """Drop of the score, score(x) - score(x covered), placed on the grid of ``volumes``, the same for each channel.

    ``size`` and ``stride`` are voxels, one number or one per axis. ``grid="corner"``: windows start at 0, stride,
    2 stride ..., the last one cut at the border, and a voxel gets the mean drop of the windows over it.
    ``grid="centre"``: windows are centred at 0, stride, 2 stride ... and cut at both borders, and a voxel gets the drop
    of the window whose centre is nearest (``placement="stretch"``: of a nearest-neighbour zoom of the grid of drops, as
    published by Rieke et al. 2018, which misplaces them unless the stride divides the length less one).
    ``fill`` is what `fills` knows: a number, "mean", "blur", "noise" (from ``seed``), other subjects; of several the
    mean drop. ``positive`` sets rises of the score to zero. As many covered volumes go through the network at
    once as fit ``max_memory_gb``. A window that changes nothing drops nothing.
    """
    check_choice("grid", grid, ("corner", "centre"))
    check_choice("placement", placement, ("field", "stretch"))
    shape = volumes.shape[2:]
    windows = [
        (_corner_windows if grid == "corner" else _centre_windows)(length, *pair)
        for length, *pair in zip(shape, _per_axis("size", size, shape), _per_axis("stride", stride, shape), strict=True)
    ]
    covers = [Cover(box) for box in product(*windows)]
    covering = fills(fill, volumes, seed)
    drops = torch.stack(score_drops(question, volumes, [covers] * len(volumes), covering, max_memory_gb))
    drops = drops.reshape(-1, *(len(one) for one in windows))
    if positive:
        drops = drops.clamp(min=0)
    if grid == "corner":
        matrices = [_mean_over_covering(length, one) for length, one in zip(shape, windows, strict=True)]
    else:
        steps = _per_axis("stride", stride, shape) if placement == "field" else (None,) * len(shape)
        matrices = [_nearest(length, len(one), step) for length, one, step in zip(shape, windows, steps, strict=True)]
    return spread(drops, matrices)[:, None].expand_as(volumes).clone()


def _per_axis(option, value, shape):
    values = list(value) if isinstance(value, tuple | list) else [value] * len(shape)
    if len(values) != len(shape):
        raise SettingsError(f"{option} is {value!r}; give one number, or one for each of {len(shape)} axes")
    return [whole_number(option, one) for one in values]


def _corner_windows(length, size, stride):
    if stride > size:
        raise SettingsError(f"stride is {stride}, more than size {size}; windows would leave gaps between them")
    beyond = max(length - size, 0)
    return [(at, min(at + size, length)) for at in range(0, beyond + stride, stride)]


def _centre_windows(length, size, stride):
    return [(max(at - size // 2, 0), min(at - size // 2 + size, length)) for at in range(0, length, stride)]


def _mean_over_covering(length, windows):
    cover = torch.zeros(length, len(windows), dtype=torch.float64)
    for number, (start, stop) in enumerate(windows):
        cover[start:stop, number] = 1
    return cover / cover.sum(1, keepdim=True)


def _nearest(length, cells, step):
    """(length, cells): each voxel takes the nearest cell, or without ``step`` what a corner-to-corner zoom gives it."""
    voxels = torch.arange(length, dtype=torch.float64)
    at = voxels / step if step else voxels * (cells - 1) / max(length - 1, 1)
    chosen = (at + 0.5).floor().long().clamp(max=cells - 1)
    return torch.nn.functional.one_hot(chosen, cells).double()
