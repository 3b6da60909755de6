"""A stand-in for a GPU on which memory runs out."""

from contextlib import contextmanager

import torch


@contextmanager
def room_for(layer, volumes):
    """While it lasts ``layer`` runs out of memory when it is given more than so many ``volumes`` at once."""

    def runs_out(_, given):
        if len(given[0]) > volumes:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    handle = layer.register_forward_pre_hook(runs_out)
    try:
        yield
    finally:
        handle.remove()
