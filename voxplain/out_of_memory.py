"""Memory that ran out, on a GPU or on a CPU: which errors say so, and passes that are then made fewer at a time."""

import logging

import torch

log = logging.getLogger(__name__)

_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "std::bad_alloc")


def ran_out(fault):
    """Whether an error says that memory ran out: on a GPU torch has a class for it, on the CPU only words."""
    return isinstance(fault, torch.OutOfMemoryError | MemoryError) or any(word in str(fault) for word in _WORDS)


def in_batches(run, count, size):
    """Yield ``run(start, stop)`` of consecutive parts of ``count`` passes, ``size`` in each but perhaps the last.

    When memory runs out the batch is halved from there on, which the log says; with a single pass the error remains.
    """
    start = 0
    while start < count:
        stop = min(start + size, count)
        found, fits = _attempt(run, start, stop)
        if fits:
            yield found
            start = stop
            continue
        size = (stop - start + 1) // 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        log.warning("out of memory with %d passes at once; going on with %d", stop - start, size)


def _attempt(run, start, stop):
    # left before anything is tried again, since the error holds on to the tensors of the failed pass
    try:
        return run(start, stop), True
    except (RuntimeError, MemoryError) as fault:
        if stop - start == 1 or not ran_out(fault):
            raise
    return None, False
