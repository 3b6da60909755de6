"""Which training scans an epoch sees, and in which order."""

import numpy as np
import torch

from voxplain.training.streams import stream

SAMPLINGS = "all", "undersample", "weighted"


def epoch_order(count, seed, epoch):
    """A random order of ``count`` scans that depends on nothing but the seed and the epoch."""
    return torch.randperm(count, generator=_generator(seed, epoch)).tolist()


def sampled_order(labels, seed, epoch, sampling="all", limit=None):
    """Places of an epoch's scans in their order, which depends on nothing but the labels, the seed and the epoch.

    ``all``: each scan once. ``undersample``: as many of each class as the rarest has, drawn anew each epoch, one of
    each class in turn, so that batches hold all classes alike (Yang et al. 2018, after Korolev et al. 2017).
    ``weighted``: as many as there are scans, with replacement, each with a weight of 1 over the count of its class;
    none weighs more than ``limit`` times the least, which keeps a handful of scans from filling the epoch.
    """
    if sampling == "all":
        return epoch_order(len(labels), seed, epoch)
    labels, generator = np.asarray(labels), _generator(seed, epoch)
    classes, counts = np.unique(labels, return_counts=True)
    if sampling == "weighted":
        weights = dict(zip(classes, counts.max() / counts, strict=True))
        drawn = torch.tensor([min(weights[label], limit or np.inf) for label in labels], dtype=torch.float64)
        return torch.multinomial(drawn, len(labels), replacement=True, generator=generator).tolist()
    members = [np.flatnonzero(labels == one) for one in classes]
    drawn = [each[torch.randperm(len(each), generator=generator)[: counts.min()].numpy()] for each in members]
    turns = np.stack(drawn, 1)
    within = [torch.randperm(len(classes), generator=generator).numpy() for _ in turns]
    return [int(place) for turn, order in zip(turns, within, strict=True) for place in turn[order]]


def _generator(seed, epoch):
    return torch.Generator().manual_seed(stream(seed, epoch))
