"""Volumes a few at a time, as a network is shown them, with what it is told of each beside."""

import torch


def shown_batches(volumes, batch, device="cpu", covariates=None):
    """Yield ``(places, given)``, of ``batch`` volumes at a time: their places, and what the network is called with.

    volumes: n tensors ``(channels, x, y, z)``, stacked on ``device``; covariates: ``(n, values)`` of the same scans,
    the second thing given to a network that takes them.
    """
    for start in range(0, len(volumes), batch):
        places = range(start, min(start + batch, len(volumes)))
        shown = torch.stack([volumes[place] for place in places]).to(device)
        beside = () if covariates is None else (covariates[start : places.stop].to(device),)
        yield places, (shown, *beside)
