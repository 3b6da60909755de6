"""How a layer hands relevance on to what it was computed from: the rules of layer-wise relevance propagation.

epsilon, alpha-beta, flat: Bach et al. 2015, doi 10.1371/journal.pone.0130140. w-square, z-plus, z-box: Montavon et al.
2017, arXiv 1512.02479. Each rule splits the relevance R of an output z in proportion to what each input gave to it.
"""

import torch


def epsilon_rule(run, inputs, relevance, epsilon):
    """R_in = a * J^T (R / z) for each of ``inputs`` of the linear z = run(*inputs), which may add a bias."""
    output, back = _linear(run, *inputs)
    return [one * share for one, share in zip(inputs, back(_divided(relevance, output, epsilon)), strict=True)]


def alpha_beta_rule(weighted, values, relevance, epsilon, alpha=2.0):
    """alpha R a w / z of the parts a w > 0, less (alpha - 1) of those below 0; ``alpha`` 1 is the z-plus rule."""
    given = _signed_parts(weighted, values, relevance, epsilon, _positive, _negative)
    if alpha == 1:
        return given
    return alpha * given - (alpha - 1) * _signed_parts(weighted, values, relevance, epsilon, _negative, _positive)


def flat_rule(weighted, values, relevance, epsilon):
    """R in equal shares to every voxel that an output looks at."""
    return _by_weights(weighted.with_weights(torch.ones_like, torch.zeros_like), values, relevance, epsilon)


def w_square_rule(weighted, values, relevance, epsilon):
    """R in proportion to the squared weights, the square of the bias keeping its share."""
    return _by_weights(weighted.with_weights(torch.square, torch.square), values, relevance, epsilon)


def z_box_rule(weighted, values, relevance, epsilon, low, high):
    """R in proportion to a w - low w+ - high w-, for ``values`` that lie between ``low`` and ``high``."""
    parts = [
        _linear(weighted.with_weights(clamp, torch.zeros_like), one)
        for clamp, one in ((_same, values), (_positive, low.expand_as(values)), (_negative, high.expand_as(values)))
    ]
    output = parts[0][0] - parts[1][0] - parts[2][0]
    share = _divided(relevance, output, epsilon)
    shares = [back(share)[0] for _, back in parts]
    return values * shares[0] - low * shares[1] - high * shares[2]


def _signed_parts(weighted, values, relevance, epsilon, for_above, for_below):
    """R in proportion to a+ w, with what ``for_above`` leaves of w, and a- w, with what ``for_below`` leaves of it."""
    above, below = values.clamp(min=0), values.clamp(max=0)
    output, back = _linear(weighted.with_weights(for_above, for_above), above)
    rest, back_rest = _linear(weighted.with_weights(for_below, torch.zeros_like), below)
    share = _divided(relevance, output + rest, epsilon)
    return above * back(share)[0] + below * back_rest(share)[0]


def _by_weights(run, values, relevance, epsilon):
    output, back = _linear(run, torch.ones_like(values))
    return back(_divided(relevance, output, epsilon))[0]


def _linear(run, *inputs):
    """The output of ``run``, and the function that carries values back through it."""
    with torch.enable_grad():
        leaves = [one.detach().clone().requires_grad_() for one in inputs]
        output = run(*leaves)
    return output.detach(), lambda values: torch.autograd.grad(output, leaves, values)


def _divided(relevance, output, epsilon):
    """R / (z + epsilon sign z), zero where that divides by zero."""
    output = output + torch.where(output < 0, -epsilon, epsilon)
    empty = output == 0
    return relevance.masked_fill(empty, 0) / output.masked_fill(empty, 1)


def _same(values):
    return values


def _positive(values):
    return values.clamp(min=0)


def _negative(values):
    return values.clamp(max=0)
