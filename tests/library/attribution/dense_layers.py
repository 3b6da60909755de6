"""Relevance and DeepLIFT's multipliers worked out on explicit matrices, one volume at a time: the slow, plain way.

A network is a list of steps ``(kind, layer, rule)``. ``"linear"`` is any layer, or several in a row, that is affine:
its matrix is found by passing each unit vector. ``"relu"`` and ``"max"`` are what they say, ``"skip"`` holds further
steps whose result is added to what went in.
"""

from itertools import product

import torch


def matrix(layer, shape):
    """W (outputs, inputs) and b (outputs,) of an affine ``layer`` for an input of ``shape``."""
    size = int(torch.tensor(shape).prod())
    with torch.no_grad():
        bias = layer(torch.zeros(1, *shape, dtype=torch.float64)).flatten()
        columns = layer(torch.eye(size, dtype=torch.float64).view(size, *shape)).flatten(1) - bias
    return columns.T, bias


def winners(layer, values):
    """For each output of a max-pooling ``layer`` the place of its maximum in the flat ``values`` (channels, *cells)."""
    steps, found = layer.stride, []
    cells = [range((length - layer.kernel_size) // steps + 1) for length in values.shape[1:]]
    numbers = torch.arange(values.numel()).view(values.shape)
    for channel in range(len(values)):
        for cell in product(*cells):
            window = (channel, *(slice(at * steps, at * steps + layer.kernel_size) for at in cell))
            found.append(int(numbers[window].flatten()[values[window].flatten().argmax()]))
    return found


def passed(steps, values):
    """What goes into each step, and what comes out of the last; ``values`` (channels, *cells)."""
    inputs = []
    for kind, layer, *_ in steps:
        inputs.append(values)
        if kind == "skip":
            values = values + passed(layer, values)[1]
        elif kind == "relu":
            values = values.clamp(min=0)
        else:
            with torch.no_grad():
                values = layer(values[None])[0]
    return inputs, values


def divided(relevance, output, epsilon):
    return relevance / (output + torch.where(output >= 0, epsilon, -epsilon))


def shared(rule, weights, bias, values, relevance, epsilon, box=(-4.0, 4.0), alpha=2.0):
    """R_in (inputs,) of a step ``"linear"`` by ``rule``, from the table of what each input gives to each output."""
    given = weights * values
    if rule == "z_box":
        given = given - weights.clamp(min=0) * box[0] - weights.clamp(max=0) * box[1]
        bias = torch.zeros_like(bias)
    if rule == "flat":
        given, bias = (weights != 0).double(), torch.zeros_like(bias)
    if rule == "w_square":
        given, bias = weights**2, bias**2
    if rule in ("zplus", "alpha_beta"):
        above, below = given.clamp(min=0), given.clamp(max=0)
        helped = divided(relevance, above.sum(1) + bias.clamp(min=0), epsilon) @ above
        hurt = divided(relevance, below.sum(1) + bias.clamp(max=0), epsilon) @ below
        return helped if rule == "zplus" else alpha * helped - (alpha - 1) * hurt
    return divided(relevance, given.sum(1) + bias, epsilon) @ given


def relevance_of(steps, volume, relevance, epsilon, **options):
    """``relevance``, of the flat outputs of ``steps``, carried back to ``volume`` (channels, *cells)."""
    inputs, _ = passed(steps, volume)
    for (kind, layer, *rule), values in zip(reversed(steps), reversed(inputs), strict=True):
        if kind == "linear":
            parts = matrix(layer, values.shape)
            relevance = shared(*rule, *parts, values.flatten(), relevance, epsilon, **options)
        elif kind == "max":
            places = torch.tensor(winners(layer, values))
            relevance = torch.zeros(values.numel(), dtype=torch.float64).index_add(0, places, relevance)
        elif kind == "skip":
            found = passed(layer, values)[1].flatten()
            share = divided(relevance, values.flatten() + found, epsilon)
            relevance = share * values.flatten() + relevance_of(layer, values, share * found, epsilon).flatten()
    return relevance.view_as(volume)


def multipliers_of(steps, volume, start, multiplier):
    """DeepLIFT's ``multiplier``, of the flat outputs of ``steps``, carried back to ``volume``."""
    now, before = passed(steps, volume)[0], passed(steps, start)[0]
    for (kind, layer, *_), values, starts in zip(reversed(steps), reversed(now), reversed(before), strict=True):
        gap = (values - starts).flatten()
        if kind == "linear":
            multiplier = multiplier @ matrix(layer, values.shape)[0]
        elif kind == "relu":
            change = (values.clamp(min=0) - starts.clamp(min=0)).flatten()
            slope = (values > 0).double().flatten()
            multiplier = multiplier * torch.where(gap == 0, slope, change / gap.where(gap != 0, torch.ones_like(gap)))
        elif kind == "max":
            found = torch.zeros_like(gap)
            for number, (at, was) in enumerate(zip(winners(layer, values), winners(layer, starts), strict=True)):
                change = values.flatten()[at] - starts.flatten()[was]
                place = at if change > 0 else was
                found[place] += multiplier[number] * change / gap[place] if gap[place] != 0 else 0
            multiplier = found
        elif kind == "skip":
            multiplier = multiplier + multipliers_of(layer, values, starts, multiplier).flatten()
    return multiplier.view_as(volume)
