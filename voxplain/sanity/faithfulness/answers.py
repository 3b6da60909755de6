"""What a network says of changed volumes, a batch at a time."""

from itertools import islice

import numpy as np
import torch

from voxplain.relevance.explanation import explained_scores


@torch.inference_mode()
def answers(network, volumes, target, score, device="cpu", batch=8):
    """The ``score`` of class ``target`` in each of an iterable of ``volumes`` (channels, x, y, z): (n,) float64.

    ``score`` is log_odds, probability or, of a regression, logit, the amount in standard deviations. ``network`` is
    in evaluation mode and takes volumes alone; as many as ``batch`` pass at once.
    """
    found, volumes = [], iter(volumes)
    while some := list(islice(volumes, batch)):
        logits = network(torch.stack(some).to(device)).cpu().double()
        found.append(explained_scores(logits, torch.full((len(logits),), int(target)), score))
    return torch.cat(found).numpy() if found else np.empty(0)
