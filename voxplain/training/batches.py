"""The scans of an epoch in batches, read and augmented ahead of the step that uses them."""

import math
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch

from voxplain.training.streams import stream

AHEAD = 2


class Batch(NamedTuple):
    """Scans of one step: their places, volumes ``(batch, channels, x, y, z)``, labels ``(batch,)`` and covariates
    ``(batch, n)``, None where there are none."""

    places: list
    volumes: torch.Tensor
    labels: torch.Tensor
    covariates: torch.Tensor | None = None


def batch_places(order, size):
    """``order`` in groups of ``size``; a last group of one, which has no batch statistics, joins the one before it."""
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    if size > 1 and len(groups) > 1 and len(groups[-1]) == 1:
        last = groups.pop()
        groups[-1] = groups[-1] + last
    return groups


def batches(
    volumes,
    labels,
    groups,
    *,
    memory_format=torch.contiguous_format,
    pinned=False,
    augmentation=None,
    key=(),
    covariates=None,
):
    """Yield the Batch of each group of places, in order.

    A thread reads and augments two batches ahead while the network works on the current one. ``augmentation(volume,
    place, seed)`` gives the volume that is shown in place of one; its seed follows from ``key`` (seed, epoch) and the
    scan's place, and from how often the scan came before in these groups.
    """
    labels, came = torch.as_tensor(labels), Counter()

    def shown(place):
        again = (came[place],) if came[place] else ()
        came[place] += 1
        volume = volumes[place]
        return augmentation(volume, place, stream(*key, place, *again)) if augmentation else volume

    def read(places):
        batch = torch.stack([shown(place) for place in places]).contiguous(memory_format=memory_format)
        beside = None if covariates is None else covariates[places]
        parts = batch, labels[places], beside
        return Batch(places, *((part if part is None else part.pin_memory()) if pinned else part for part in parts))

    with ThreadPoolExecutor(1) as reader:
        waiting = deque()
        for places in groups:
            waiting.append(reader.submit(read, places))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def kept_in_memory(sets, max_memory_gb):
    """Each of ``sets`` of volumes as a list of tensors when all need less than ``max_memory_gb`` GB, else as it is."""
    needed = sum(len(volumes) * volumes.channels * math.prod(volumes.shape) * 4 / 1e9 for volumes in sets)
    return [list(volumes) for volumes in sets] if needed <= max_memory_gb else list(sets)
