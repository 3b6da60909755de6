"""What may be done to a finished map before it is looked at; ``attribute`` itself does none of it."""

import torch

from voxplain.attribution.grids import spread
from voxplain.errors import InputError, SettingsError

REACH = 4  # standard deviations after which a Gaussian is cut off


def postprocess(maps, steps):
    """``maps`` (batch, channels, two or three spatial axes) after each of ``steps`` in turn, typed and shaped alike.

    A step is ``"abs"``; ``"relu"``, which sets what speaks against the class to zero; ``{"smooth": sigma}``, a Gaussian
    of sigma voxels that takes zeros for what lies outside; ``{"percentile": q}``, which cuts each map off at plus and
    minus the q-th percentile of its absolute values, q above 0, so that a few large voxels no longer fill the scale.
    Nothing is divided by a maximum: what was comparable between subjects stays so, but for the percentile, which is
    each map's own. Raises SettingsError for an unknown step, InputError for maps of another shape.

    >>> postprocess(maps, ["relu", {"smooth": 1.5}])
    """
    if not isinstance(maps, torch.Tensor) or maps.dim() not in (4, 5) or not maps.is_floating_point():
        found = tuple(maps.shape) if isinstance(maps, torch.Tensor) else type(maps).__name__
        raise InputError(f"maps are {found}; give a tensor of (batch, channels, then two or three spatial axes)")
    if isinstance(steps, str | dict):
        raise SettingsError(f"steps are {steps!r}; give a list of them")
    for step in steps:
        name, number = _parts(step)
        maps = _STEPS[name](maps) if number is None else _STEPS[name](maps, number)
    return maps


def smoothed(maps, sigma):
    """``maps`` under a Gaussian of ``sigma`` voxels, cut off at four of them; outside of a map are zeros."""
    flat = maps.flatten(0, 1)
    return spread(flat, [_gaussian(length, sigma) for length in flat.shape[1:]]).view_as(maps)


def cut_off(maps, percentile):
    """Each of ``maps`` between plus and minus the ``percentile`` of its absolute values."""
    flat = maps.flatten(1).abs().sort(1).values
    # torch.quantile takes no more than 16 million values
    at = percentile / 100 * (flat.shape[1] - 1)
    below, above = (flat[:, min(int(at) + one, flat.shape[1] - 1)] for one in (0, 1))
    limit = torch.lerp(below, above, at - int(at)).view(-1, *(1 for _ in maps.shape[1:]))
    return maps.minimum(limit).maximum(-limit)


_STEPS = {"abs": torch.abs, "relu": torch.relu, "smooth": smoothed, "percentile": cut_off}
_MOST = {"smooth": float("inf"), "percentile": 100}


def _parts(step):
    """Name and number of a step; number None for a step without one."""
    if step in ("abs", "relu"):
        return step, None
    if isinstance(step, dict) and len(step) == 1 and next(iter(step)) in _MOST:
        ((name, number),) = step.items()
        finite = isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < float("inf")
        if finite and 0 < number <= _MOST[name]:
            return name, number
    raise SettingsError(
        f'step is {step!r}; use "abs", "relu", {{"smooth": voxels above 0}} or {{"percentile": above 0, at most 100}}'
    )


def _gaussian(length, sigma):
    """(length, length): the weight of each voxel, second axis, around each; short of 1 in sum near the border."""
    reach = int(REACH * sigma + 0.5)
    at = torch.arange(length, dtype=torch.float64)
    weights = torch.exp(-((at[:, None] - at) ** 2) / (2 * sigma**2))
    whole = torch.exp(-(torch.arange(-reach, reach + 1, dtype=torch.float64) ** 2) / (2 * sigma**2)).sum()
    return weights.masked_fill((at[:, None] - at).abs() > reach, 0) / whole
