"""Volumes that stand for "nothing there": where the paths of integrated gradients and its kin begin."""

import torch

from voxplain.attribution.grids import spread
from voxplain.errors import InputError, SettingsError

BLUR = 5.0  # standard deviation in voxels, of "blur" without a number


def baselines(baseline, volumes, option="baseline"):
    """The baselines of each of ``volumes``, (count, batch, channels, *spatial); a map is the mean over the count.

    ``baseline`` is ``"zero"``, a number, ``"mean"`` (of each channel of each volume), ``"blur"`` or ``{"blur": sigma}``
    (see `blurred`, sigma in voxels), a tensor (channels, *spatial) for all or (batch, channels, *spatial) with one for
    each volume; or a list of these, or a tensor (count, 1 or batch, channels, *spatial), when there are several.
    ``mean_volume`` makes one of given volumes. Raises SettingsError, InputError for a tensor that does not fit.
    """
    if isinstance(baseline, list | tuple):
        if not baseline:
            raise SettingsError(f"{option} is an empty list; give at least one")
        return torch.cat([baselines(one, volumes, option) for one in baseline])
    if isinstance(baseline, torch.Tensor):
        return _given(baseline, volumes, option)
    return _made(baseline, volumes, option)[None]


def mean_volume(volumes):
    """The mean (channels, *spatial) of ``volumes``, a tensor or anything that yields them one at a time.

    Raises InputError when there are none or their shapes differ.
    """
    total, count = None, 0
    for volume in volumes:
        if total is not None and volume.shape != total.shape:
            raise InputError(f"volume {count} has shape {tuple(volume.shape)}, the first {tuple(total.shape)}; crop it")
        total = volume.double() if total is None else total + volume
        count += 1
    if not count:
        raise InputError("no volumes to take the mean of; give at least one")
    return (total / count).to(volume.dtype)


def blurred(volumes, sigma):
    """``volumes`` (batch, channels, *spatial) under a Gaussian of ``sigma`` voxels.

    The Gaussian is not cut off but at the border, where what is left of it is given the sum of one: a constant volume
    stays as it is.
    """
    flat = volumes.flatten(0, 1)
    return spread(flat, [_gaussian(length, sigma).to(volumes.device) for length in flat.shape[1:]]).view_as(volumes)


def _gaussian(length, sigma):
    """(length, length): the weight of each voxel, second axis, in the mean around each."""
    at = torch.arange(length, dtype=torch.float64)
    return torch.softmax(-((at[:, None] - at) ** 2) / (2 * sigma**2), dim=1)


def _given(baseline, volumes, option):
    shape = tuple(baseline.shape)
    if not torch.isfinite(baseline).all():
        raise InputError(f"{option} holds NaN or infinity; give finite values")
    baseline = baseline.detach().to(volumes)
    if baseline.dim() == volumes.dim() - 1:
        baseline = baseline[None]
    if baseline.dim() == volumes.dim():
        baseline = baseline[None]
    fits = baseline.dim() == volumes.dim() + 1 and len(baseline) and baseline.shape[2:] == volumes.shape[1:]
    if not fits or baseline.shape[1] not in (1, len(volumes)):
        raise InputError(
            f"{option} has shape {shape}, volumes {tuple(volumes.shape)}; give one of {tuple(volumes.shape[1:])} "
            "for all, or one for each"
        )
    return baseline.expand(-1, *volumes.shape)


def _made(baseline, volumes, option):
    if baseline == "zero":
        return torch.zeros_like(volumes)
    if baseline == "mean":
        return volumes.mean(dim=tuple(range(2, volumes.dim())), keepdim=True).expand_as(volumes)
    if baseline == "blur":
        return blurred(volumes, BLUR)
    if isinstance(baseline, dict) and set(baseline) == {"blur"} and _positive(baseline["blur"]):
        return blurred(volumes, baseline["blur"])
    if isinstance(baseline, int | float) and not isinstance(baseline, bool) and torch.isfinite(torch.tensor(baseline)):
        return torch.full_like(volumes, baseline)
    raise SettingsError(
        f'{option} is {baseline!r}; use "zero", "mean", "blur", {{"blur": sigma above 0}}, a number, a tensor, '
        "or a list of these"
    )


def _positive(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
