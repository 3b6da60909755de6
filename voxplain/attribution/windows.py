"""Windows of equal size taken out of one tensor, or laid over many, at places of their own, all at once."""

import torch


def arranged(tensor):
    """A copy, (batch, channels, *spatial), in the layout that windows are computed in: on a CPU channels innermost.

    Pooling is ten times faster so. Also of one channel, which torch would leave as it is.
    """
    if tensor.is_cuda:
        return tensor.contiguous()
    copy = tensor.new_empty((len(tensor), *tensor.shape[2:], tensor.shape[1]))
    return copy.copy_(tensor.movedim(1, -1)).movedim(-1, 1)


def taken(known, starts, lengths):
    """Cells of ``known``, (1, channels, *spatial), from ``starts``, (batch, axes), on: (batch, channels, *lengths)."""
    view, at = _places(known, starts, lengths)
    found = view[at.to(known.device)]
    return found if known.is_cuda else found.movedim(-1, 1)


def laid(patches, onto, starts):
    """Lay ``patches``, (batch, channels, *lengths), over ``onto``, (batch, channels, *spatial), at ``starts``."""
    view, at = _places(onto, starts, patches.shape[2:])
    at = at + torch.arange(len(starts)) * onto.stride(0)
    view[at.to(onto.device)] = patches if onto.is_cuda else patches.movedim(1, -1)


def _places(tensor, starts, lengths):
    """A view (places, *window) of the windows at all elements of ``tensor``, and which of them begin at ``starts``."""
    strides = tensor.stride()[2:]
    reach = sum((n - 1) * stride for n, stride in zip(lengths, strides, strict=True))
    last = sum((n - 1) * stride for n, stride in zip(tensor.shape[2:], strides, strict=True))
    count = (len(tensor) - 1) * tensor.stride(0) + last - reach + 1
    shape, steps = (tensor.shape[1], *lengths), (tensor.stride(1), *strides)
    if not tensor.is_cuda:
        shape, steps = (*shape[1:], shape[0]), (*steps[1:], steps[0])
    view = tensor.as_strided((count, *shape), (1, *steps), tensor.storage_offset())
    return view, (starts * torch.tensor(strides)).sum(1)
