"""Label volumes: whole numbers on the grid of a volume, voxels of one number being one region and 0 none."""

import torch

from voxplain.attribution.drops import Cover
from voxplain.errors import InputError, SettingsError


def whole_labels(option, labels):
    """``labels``, a tensor or an array, as a tensor of whole numbers; an error that names ``option`` if they are not.

    Raises SettingsError for what is no array of numbers, InputError for parts of whole numbers.
    """
    try:
        labels = torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError):
        kind = type(labels).__name__
        raise SettingsError(f"{option} are a {kind}; give a tensor or an array of labels") from None
    if labels.is_complex() or labels.is_floating_point() and not bool((labels == labels.round()).all()):
        raise InputError(f"{option} are {labels.dtype} with parts of whole numbers; resample them to the nearest label")
    return labels.long()


def label_covers(labels):
    """A ``Cover`` for each label but 0 in ``labels``, (*spatial), from the lowest label to the highest."""
    names, numbers = labels.unique(return_inverse=True)
    at = numbers.flatten().argsort(stable=True)
    counts = torch.bincount(numbers.flatten(), minlength=len(names)).tolist()
    covers = []
    for name, voxels in zip(names.tolist(), at.split(counts), strict=True):
        if name:
            places = torch.unravel_index(voxels, labels.shape)
            box = tuple((int(axis.min()), int(axis.max()) + 1) for axis in places)
            covers.append(Cover(box, labels[tuple(slice(*ends) for ends in box)] == name))
    return covers
