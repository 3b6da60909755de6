"""Influence functions: what taking a training scan away would do to the loss of another, by the last layer's Hessian.

Koh and Liang, ICML 2017, arXiv 1703.04730, with the layers before the last one held as they are.
"""

import numpy as np

from voxplain.errors import InputError
from voxplain.insight.influence import Influence, checked, trained_objective
from voxplain.insight.loss_gradients import last_layer_gradients


def influence_functions(network, train, shown, *, damping=0.1, objective=None, batch=8, device="cpu"):
    """`Influence` of each of ``train`` on each of ``shown``, both `Labelled`, in units of the loss, nats for classes.

    A score is what the loss of the scan shown would rise by, to first order, were the last linear layer fitted without
    the training scan: ``g_shown' (H + damping)^-1 g_train / n``, what Koh and Liang call its influence times -1/n. H is
    the exact Hessian of the mean training loss by the last layer's weights and bias. ``damping`` is a share of the mean
    of its eigenvalues, where training scans reach (Grosse et al. 2023, arXiv 2308.03296, take 0.1): H has no inverse
    wherever there are more features than scans. nan, undefined, where no training scan bends the loss.

    ``objective``, by which the network was trained, weighs classes. Raises UnsupportedModel for a network that ends in
    no linear layer, and `InputError` for wrong labels or where the damped Hessian has no inverse.
    """
    objective = trained_objective(network, train, objective, device)
    train, shown = checked(train, objective), checked(shown, objective)
    options = {"batch": batch, "device": device}
    learnt = last_layer_gradients(network, train, objective, weighted=True, **options)
    reached = _reached(learnt.inputs)
    rows = _rows(learnt, reached)
    seen = np.zeros((0, rows.shape[1]))
    if len(shown.volumes):
        seen = _rows(last_layer_gradients(network, shown, objective, **options), reached)
    eigenvalues, vectors = np.linalg.eigh(_hessian(learnt, reached))
    # of a sum of squares, so below 0 by rounding alone
    eigenvalues = eigenvalues.clip(0)
    damped = eigenvalues + damping * eigenvalues.mean()
    rows, seen = rows @ vectors, seen @ vectors
    if not eigenvalues.any():
        return Influence(np.full((len(seen), len(rows)), np.nan), np.full(len(rows), np.nan))
    if damped.min() <= 1e-12 * damped.max():
        raise InputError(f"influence functions: with damping {damping} the Hessian has no inverse; give 0.1")
    total = learnt.weights.sum()
    return Influence((seen / damped) @ rows.T / total, (rows**2 / damped).sum(1) / total)


def _reached(inputs):
    """Orthonormal directions (d, r) of all that the training scans' inputs hold.

    Outside of them no training gradient has a part, and the damped Hessian is a multiple of the identity, so nothing
    is lost; there are at most as many of them as scans.
    """
    _, lengths, directions = np.linalg.svd(inputs, full_matrices=False)
    return directions[lengths > lengths.max() * max(inputs.shape) * np.finfo(float).eps].T


def _rows(gradients, reached):
    """Each scan's gradient in these directions, (n, units * r)."""
    inside = gradients.inputs @ reached
    return (gradients.slopes[:, :, None] * inside[:, None, :]).reshape(len(inside), -1)


def _hessian(gradients, reached):
    """The Hessian of the mean loss in these directions, (units * r, units * r)."""
    inside, curvatures = gradients.inputs @ reached, gradients.curvatures
    units = range(curvatures.shape[1])
    blocks = [[inside.T @ (curvatures[:, one, other, None] * inside) for other in units] for one in units]
    return np.block(blocks) / gradients.weights.sum()
