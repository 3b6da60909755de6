"""What a network says of changed volumes, a batch at a time."""

from itertools import islice

import numpy as np
import torch

from voxplain.out_of_memory import in_batches
from voxplain.relevance.explanation import explained_scores


@torch.inference_mode()
def answers(network, volumes, target, score, device="cpu", batch=8):
    """The ``score`` of class ``target`` in each of an iterable of ``volumes`` (channels, x, y, z): (n,) float64.

    ``score`` is log_odds, probability or, of a regression, logit, the amount in standard deviations. ``network`` is
    in evaluation mode and takes volumes alone; as many as ``batch`` pass at once, and half as many where memory runs
    out, which the log says.
    """
    found, volumes = [], iter(volumes)
    while some := list(islice(volumes, batch)):
        parts = list(in_batches(lambda start, stop: _passed(network, some[start:stop], device), len(some), batch))
        batch = min(batch, max(map(len, parts)))
        logits = torch.cat(parts)
        found.append(explained_scores(logits, torch.full((len(logits),), int(target)), score))
    return torch.cat(found).numpy() if found else np.empty(0)


def _passed(network, volumes, device):
    return network(torch.stack(volumes).to(device)).cpu().double()
