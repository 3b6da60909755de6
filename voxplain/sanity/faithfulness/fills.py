"""What lies where voxels are taken out of a scan: the training scans' mean, a constant, a blur, or other subjects."""

from dataclasses import dataclass

import torch

from voxplain.attribution.baselines import blurred, mean_volume
from voxplain.relevance.named_options import training_scans
from voxplain.training.trained import shown_volumes
from voxplain.volumes.space import OWN

FILLS = ("mean", "constant", "blur", "others")


@dataclass(frozen=True)
class Training:
    """Of one split's training scans, as its network is shown them: their ``mean`` (channels, x, y, z), and ``others``.

    ``others`` (n, channels, x, y, z) are some of them. Both are None where the scans lie in spaces of their own, so
    that a voxel of one is no voxel of another.
    """

    mean: torch.Tensor | None
    others: torch.Tensor | None


def training_of(study, packed, asked, seed):
    """The `Training` scans of the split and network of ``study``, a `SplitOfStudy`; ``packed`` are the store's Volumes.

    ``asked`` is the section ``sanity.faithfulness``; ``seed`` draws the others, which no held-out scan is among.
    """
    split, stored = study.card["split"], set(packed.scans)
    scans = training_scans(study.folds, split, stored)
    if packed.space == OWN or not scans:
        return Training(None, None)
    shown = (study.store, study.mask, study.weights, study.card)
    others = None
    if "others" in asked["fills"]:
        drawn = training_scans(study.folds, split, stored, count=asked["others"], seed=seed)
        others = torch.stack(list(_shown(drawn, *shown)))
    return Training(mean_volume(_shown(scans, *shown)), others)


def fill_volumes(name, volume, region, training, sigma):
    """The volumes (n, channels, x, y, z) that fill ``volume`` (channels, x, y, z) in turn; None where there is none.

    ``mean`` is that of the training scans at each voxel and, where these share no space, ``constant``: the mean of
    each channel of ``volume`` in ``region`` (x, y, z). ``blur`` is ``volume`` under a Gaussian of ``sigma`` voxels of
    which only the voxels in ``region`` count. ``others`` are training scans.
    """
    if name == "others":
        return training.others
    if name == "mean" and training.mean is not None:
        return training.mean[None]
    inside = torch.from_numpy(region).to(volume)
    if name == "blur":
        weights = blurred(inside[None, None], sigma).clamp(min=1e-6)
        return blurred((volume * inside)[None], sigma) / weights
    means = (volume * inside).flatten(1).sum(1) / inside.sum().clamp(min=1)
    return means.reshape(-1, 1, 1, 1).expand_as(volume)[None]


def _shown(scans, store, mask, weights, card):
    return shown_volumes(store, scans, mask, weights, card)
