"""Options of methods that are images, such as labels, masks and baselines, by the names of their files."""

import numpy as np
import torch

from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError
from voxplain.mine.image import Image, read_image
from voxplain.mine.intensity import as_shown
from voxplain.mine.photos import read_indices
from voxplain.mine.places import is_image, is_photo
from voxplain.volumes.nifti import read_as_it_stands

LABELS = "labels", "mask"
NESTED_LABELS = "segments"
CLOSE = 1e-3  # mm


def with_images(options, image, volumes, *, axes, intensity):
    """``options`` with a tensor in the place of each file that they name, on the grid of ``image``.

    ``labels`` and ``mask`` are read as whole numbers, ``segments`` as a list of such, finest first; all other
    options as images that a network is shown like ``image`` itself: turned to ``axes``, scaled by ``intensity``, typed
    like ``volumes``. Raises InputError for a file that will not do, or lies on another grid.
    """

    def read(path, name):
        if name in (*LABELS, NESTED_LABELS):
            return torch.from_numpy(image.turned(_on_grid(_labels(path), image, name), axes)[0])
        other = read_image(path, len(image.data) if image.header is None else None)
        values = image.turned(_on_grid(other, image, name), axes)
        return torch.from_numpy(as_shown(values, intensity, other.name)).to(volumes)

    return {name: _read(name, value, read) for name, value in options.items()}


def _read(name, value, read):
    if isinstance(value, list | tuple):
        found = [_read(name, one, read) for one in value]
        tensors = [isinstance(one, torch.Tensor) for one in found]
        return torch.stack(found) if name == NESTED_LABELS and found and all(tensors) else found
    return read(value, name) if is_image(value) else value


def _labels(path):
    if is_photo(path):
        return Image(shown(path), read_indices(path, shown(path))[None])
    data, header, _ = read_as_it_stands(path)
    if not np.array_equal(data, np.round(data)):
        raise InputError(f"{shown(path)}: parts of whole numbers, so that it holds no labels; resample to the nearest")
    return Image(shown(path), data.astype(np.int64)[None], header)


def _on_grid(other, image, name):
    if other.data.ndim != image.data.ndim:
        raise SettingsError(f"{name} is {other.name}, of {other.data.ndim - 1} dimensions; give one like {image.name}")
    if other.shape != image.shape:
        raise InputError(f"{other.name}: shape {other.shape}, but {image.name} has {image.shape}; resample it")
    placed = image.affine is not None and other.affine is not None
    if placed and not np.allclose(other.affine, image.affine, atol=CLOSE):
        raise InputError(f"{other.name}: its header places it elsewhere than that of {image.name}; resample it")
    return other.data
