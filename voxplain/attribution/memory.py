"""How many passes go through a network at once: as many as fit a stated amount of memory, half when it was too many.

The amount is a setting and is never read from what happens to be free, so that the same settings give the same batches
and with them the same bytes.
"""

from contextlib import contextmanager

import torch

from voxplain.errors import SettingsError
from voxplain.out_of_memory import in_batches

MAX_MEMORY_GB = 2
PASSES_ON_CPU = 4


def batch_size(bytes_each, max_memory_gb=MAX_MEMORY_GB):
    """How many passes of ``bytes_each`` fit ``max_memory_gb``, in units of 1e9 bytes; at least one.

    Raises SettingsError when ``max_memory_gb`` is no amount of memory.
    """
    number = isinstance(max_memory_gb, int | float) and not isinstance(max_memory_gb, bool)
    if not number or not 0 < max_memory_gb < float("inf"):
        raise SettingsError(f"max_memory_gb is {max_memory_gb!r}; give a number of gigabytes above 0")
    return max(int(max_memory_gb * 1e9 // max(bytes_each, 1)), 1)


@contextmanager
def bytes_kept():
    """A dictionary of what the passes inside keep for their way back: bytes by storage, each counted once."""
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield kept


def measured_batches(run, count, max_memory_gb, device):
    """Do ``run(start, stop)`` for all of ``count`` passes: one alone, which is measured, and then as many as fit.

    On a CPU no more than four go together, since more would not fit its caches either.
    """
    batch_size(1, max_memory_gb)
    with bytes_kept() as kept:
        run(0, 1)
    size = batch_size(sum(kept.values()), max_memory_gb)
    if device.type == "cpu":
        size = min(size, PASSES_ON_CPU)
    for _ in in_batches(lambda start, stop: run(1 + start, 1 + stop), count - 1, size):
        pass
