"""Region occlusion: how much the score drops when one region of a label volume is covered.

Rieke, Eitel, Weygandt, Haynes, Ritter 2018, arXiv 1808.02874.
"""

import torch

from voxplain.attribution.drops import score_drops
from voxplain.attribution.fills import fills
from voxplain.attribution.labels import label_covers, whole_labels
from voxplain.attribution.memory import MAX_MEMORY_GB
from voxplain.errors import InputError


def region_occlusion(question, volumes, *, labels, fill=0.0, seed=0, positive=False, max_memory_gb=MAX_MEMORY_GB):
    """Drop of the score, score(x) - score(x with a region covered), in all voxels of the region, for every channel.

    ``labels`` are whole numbers on the grid of ``volumes``, (*spatial) for all volumes or (batch, *spatial), a tensor
    or an array; voxels of the same label are one region, wherever they lie, and 0 is no region: it gets 0. ``fill``,
    ``seed``, ``positive`` and ``max_memory_gb`` are as in `occlusion`. A region that changes nothing drops nothing.
    Raises InputError when labels do not fit the volumes or name no region.
    """
    labels = _checked(labels, volumes)
    covers = [label_covers(one) for one in labels]
    drops = score_drops(question, volumes, covers, fills(fill, volumes, seed), max_memory_gb)
    maps = torch.zeros_like(volumes)
    for one, parts, found in zip(maps, covers, drops, strict=True):
        for part, drop in zip(parts, found.clamp(min=0) if positive else found, strict=True):
            one[part.place].masked_fill_(part.inside, drop)
    return maps


def _checked(labels, volumes):
    """``labels`` as (batch, *spatial) where the volumes are."""
    labels = whole_labels("labels", labels)
    spatial = volumes.shape[2:]
    if labels.shape not in (spatial, (len(volumes), *spatial)):
        raise InputError(
            f"labels have shape {tuple(labels.shape)}, volumes {tuple(spatial)}; resample them to the volumes' grid"
        )
    if not labels.any():
        raise InputError("labels are 0 everywhere, which is no region; number the regions from 1")
    return labels.to(volumes.device).expand(len(volumes), *spatial)
