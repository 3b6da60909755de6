"""Whether an error says that memory ran out, on a GPU or on a CPU."""

import torch

_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "std::bad_alloc")


def ran_out(fault):
    """Whether an error says that memory ran out: on a GPU torch has a class for it, on the CPU only words."""
    return isinstance(fault, torch.OutOfMemoryError | MemoryError) or any(word in str(fault) for word in _WORDS)
