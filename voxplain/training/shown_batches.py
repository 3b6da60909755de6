"""Volumes a few at a time, as a network is shown them, with what it is told of each beside."""

import torch

from voxplain.out_of_memory import in_batches


def shown_batches(volumes, batch, device="cpu", covariates=None):
    """Yield ``(places, given)``, of ``batch`` volumes at a time: their places, and what the network is called with.

    volumes: n tensors ``(channels, x, y, z)``, stacked on ``device``; covariates: ``(n, values)`` of the same scans,
    the second thing given to a network that takes them.
    """
    for start in range(0, len(volumes), batch):
        places = range(start, min(start + batch, len(volumes)))
        yield places, _given(volumes, places, device, covariates)


def passed_batches(run, volumes, batch, device="cpu", covariates=None):
    """Yield ``run(given)`` of ``batch`` volumes at a time, of half as many where memory runs out, as `in_batches`."""

    def passed(start, stop):
        return run(_given(volumes, range(start, stop), device, covariates))

    return in_batches(passed, len(volumes), batch)


def _given(volumes, places, device, covariates):
    shown = torch.stack([volumes[place] for place in places]).to(device)
    return (shown,) if covariates is None else (shown, covariates[places.start : places.stop].to(device))
