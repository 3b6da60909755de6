"""TracIn: which training scans lowered, and which raised, the loss of a scan in the course of a training.

Pruthi, Liu, Kale, Sundararajan, NeurIPS 2020, arXiv 2002.08484: TracInCP, the sum over kept epochs of learning rate
times the inner product of the loss gradients of the two scans.
"""

from copy import deepcopy

import numpy as np
import torch

from voxplain.errors import InputError
from voxplain.insight.influence import Influence, checked, trained_objective
from voxplain.insight.loss_gradients import WholeGradients, last_layer_gradients, set_weights
from voxplain.training.kept_epochs import KeptEpoch


def tracin(
    network, train, shown, epochs=None, *, layers="last", objective=None, batch=8, device="cpu", max_memory_gb=1.0
):
    """`Influence` of each of ``train`` on each of ``shown``, both `Labelled`: what its steps took off the other's loss.

    ``epochs`` are `KeptEpoch` (see `read_epochs`); None: the network as it is, once, with a learning rate of 1.
    ``layers``: ``last``, the last linear layer, exact and without a way back through the network; ``all``; or names of
    layers, whose gradients need ``max_memory_gb`` at most at a time, scan by scan, as often through the training scans
    as that asks for. ``objective``, by which it was trained, weighs classes; the scans shown are not weighed, and may
    bear any label, such as the predicted one. The sum is that of plain gradient steps of scans that were not augmented,
    each network in evaluation mode; other optimisers step otherwise. ``network`` comes back as it was.
    Raises UnsupportedModel for a network that ends in no linear layer, `InputError` for labels or weights of another.
    """
    objective = trained_objective(network, train, objective, device)
    train, shown = checked(train, objective), checked(shown, objective)
    if epochs is None:
        epochs = [KeptEpoch(0, 1.0, network.state_dict())]
    network = deepcopy(network)
    scores, own = np.zeros((len(shown.volumes), len(train.volumes))), np.zeros(len(train.volumes))
    whole, followed = None if layers == "last" else WholeGradients(network, layers, objective, device), 0
    for _, rate, weights in epochs:
        if whole is None:
            set_weights(network, weights)
            products, squares = _of_last_layer(network, train, shown, objective, batch, device)
        else:
            whole.set_weights(weights)
            products, squares = _of_layers(whole, train, shown, max_memory_gb)
        scores += rate * products
        own += rate * squares
        followed += 1
    if not followed:
        raise InputError("tracin: no epoch is given; set training.keep_epochs and train again, or give None")
    return Influence(scores, own)


def _of_last_layer(network, train, shown, objective, batch, device):
    options = {"batch": batch, "device": device}
    learnt = last_layer_gradients(network, train, objective, weighted=True, **options)
    if not len(shown.volumes):
        return np.zeros((0, len(train.volumes))), learnt.squares()
    return last_layer_gradients(network, shown, objective, **options).products(learnt), learnt.squares()


def _of_layers(whole, train, shown, max_memory_gb):
    count, learnt = len(shown.volumes), range(len(train.volumes))
    products, squares = np.zeros((count, len(train.volumes))), np.zeros(len(train.volumes))
    size = max(1, int(max_memory_gb * 1e9 / (4 * whole.length)))
    for start in range(0, max(count, 1), size):
        places = range(start, min(start + size, count))
        held = torch.stack([whole.of(shown, place) for place in places]) if places else None
        for one in learnt:
            gradient = whole.of(train, one, weighted=True)
            if held is not None:
                products[list(places), one] = (held @ gradient).double().cpu().numpy()
            if start == 0:
                squares[one] = float(gradient @ gradient)
    return products, squares
