"""The scans of an epoch in batches, read and augmented ahead of the step that uses them."""

import math
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from voxplain.training.augmentation import augmented

AHEAD = 2


def epoch_order(count, seed, epoch):
    """A random order of ``count`` scans that depends on nothing but the seed and the epoch."""
    generator = torch.Generator().manual_seed(stream(seed, epoch))
    return torch.randperm(count, generator=generator).tolist()


def batch_places(order, size):
    """``order`` in groups of ``size``; a last group of one, which has no batch statistics, joins the one before it."""
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    if size > 1 and len(groups) > 1 and len(groups[-1]) == 1:
        last = groups.pop()
        groups[-1] = groups[-1] + last
    return groups


def batches(volumes, labels, groups, *, memory_format=torch.contiguous_format, pinned=False, augmentation=None, key=()):
    """Yield ``(places, (batch, channels, x, y, z), labels)`` of each group, in order.

    A thread reads and augments two batches ahead while the network works on the current one. ``key`` (seed, epoch)
    seeds the augmentation of each scan, together with its place.
    """

    def read(places):
        read = [volumes[place] for place in places]
        if augmentation:
            seeds = [stream(*key, place) for place in places]
            read = [augmented(volume, augmentation, seed) for volume, seed in zip(read, seeds, strict=True)]
        batch = torch.stack(read).contiguous(memory_format=memory_format)
        classes = torch.tensor([int(labels[place]) for place in places])
        return (places, batch.pin_memory(), classes.pin_memory()) if pinned else (places, batch, classes)

    with ThreadPoolExecutor(1) as reader:
        waiting = deque()
        for places in groups:
            waiting.append(reader.submit(read, places))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def stream(*key):
    """The 64-bit seed of the random stream named by whole numbers."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])


def kept_in_memory(sets, max_memory_gb):
    """Each of ``sets`` of volumes as a list of tensors when all need less than ``max_memory_gb`` GB, else as it is."""
    needed = sum(len(volumes) * volumes.channels * math.prod(volumes.shape) * 4 / 1e9 for volumes in sets)
    return [list(volumes) for volumes in sets] if needed <= max_memory_gb else list(sets)
