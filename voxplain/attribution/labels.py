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


def numbered(labels):
    """The labels there are, from the lowest to the highest, and for each voxel which of them it has, shaped like them.

    As torch.unique does it, but by a table in place of sorting where labels are few enough for one.
    """
    low, high = int(labels.min()), int(labels.max())
    if high - low > labels.numel():
        return labels.unique(return_inverse=True)
    there = torch.zeros(high - low + 1, dtype=torch.bool, device=labels.device)
    there[labels.flatten() - low] = True
    return there.nonzero().flatten() + low, (there.cumsum(0) - 1)[labels - low]


def label_covers(labels):
    """A ``Cover`` for each label but 0 in ``labels``, (*spatial), from the lowest label to the highest."""
    names, numbers = numbered(labels)
    at = numbers.flatten().argsort(stable=True)
    counts = torch.bincount(numbers.flatten(), minlength=len(names)).tolist()
    covers = []
    for name, voxels in zip(names.tolist(), at.split(counts), strict=True):
        if name:
            places = torch.unravel_index(voxels, labels.shape)
            box = tuple((int(axis.min()), int(axis.max()) + 1) for axis in places)
            covers.append(Cover(box, labels[tuple(slice(*ends) for ends in box)] == name))
    return covers
