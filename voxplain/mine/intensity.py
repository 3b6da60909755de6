"""What is done to an image's values before a network sees it, as was done to those that it learned from."""

import numpy as np

from voxplain.errors import InputError, SettingsError
from voxplain.networks.options import check_choice

KINDS = "none", "max", "zscore", "zscore_nonzero"


def as_shown(data, intensity, name):
    """``data`` (channels, *space), float32, as a network is shown it.

    ``intensity``: ``"none"``; ``"max"``, divided by the largest value; ``"zscore"``, less the mean, over the standard
    deviation; ``"zscore_nonzero"``, the same by and of the voxels that are not 0, which stay 0; or ``{"mean": [...],
    "sd": [...]}``, one number a channel, as of networks that learned from ImageNet. Raises SettingsError for anything
    else, InputError for an image that it cannot be done to.
    """
    if isinstance(intensity, dict):
        mean, sd = (_per_channel(intensity, key, len(data)) for key in ("mean", "sd"))
        if set(intensity) != {"mean", "sd"} or not (sd > 0).all():
            raise SettingsError(f"intensity is {intensity}; give mean and sd, one number a channel, sd above 0")
        shape = (-1, *(1 for _ in data.shape[1:]))
        return ((data - mean.reshape(shape)) / sd.reshape(shape)).astype(np.float32)
    check_choice("intensity", intensity, (*KINDS, "{mean: [...], sd: [...]}"))
    if intensity == "none":
        return data
    if intensity == "max":
        if not data.max() > 0:
            raise InputError(f"{name}: no value is above 0, so that it cannot be divided by the largest; use zscore")
        return data / data.max()
    if intensity == "zscore":
        return ((data - data.mean(dtype=np.float64)) / data.std(dtype=np.float64)).astype(np.float32)
    inside = data != 0
    values = data[inside].astype(np.float64)
    if values.std() == 0:
        raise InputError(f"{name}: all voxels that are not 0 are the same; use zscore")
    return np.where(inside, (data - values.mean()) / values.std(), 0).astype(np.float32)


def _per_channel(intensity, key, count):
    try:
        values = np.atleast_1d(np.asarray(intensity.get(key), float))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape not in ((1,), (count,)) or not np.isfinite(values).all():
        raise SettingsError(f"intensity.{key} is {intensity.get(key)!r}; give a number for each of {count} channels")
    return values
