"""Groups of boxes that reach about as many cells, so that windows of one size hold all of a group without waste."""

from math import prod

import numpy as np

# shares of the work that one size for several boxes may waste on each axis, of which the best is taken
WASTES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
# what a batch of its own costs, however small, in multiplications
BATCH = 5e7


def alike(reach, costs):
    """Arrays of box numbers, all that are alive; ``costs`` is the work for a cell of each value, {value: number}.

    Few large groups waste work on cells that nothing reaches, many small ones on batches.
    """
    numbers = np.flatnonzero(reach.alive)
    found = [_grouped(reach, costs, numbers, waste) for waste in WASTES]
    return min(found, key=lambda groups: sum(_work(reach, costs, group) + BATCH for group in groups))


def _work(reach, costs, numbers):
    """Multiplications of the windows of a group."""
    return len(numbers) * sum(cost * prod(reach.lengths(value, numbers)) for value, cost in costs.items())


def _grouped(reach, costs, numbers, waste):
    if not len(numbers):
        return []
    classes = [_classes(reach, costs, numbers, axis, waste) for axis in range(reach.flow.axes)]
    _, group = np.unique(np.stack(classes), axis=1, return_inverse=True)
    group = group.ravel()
    return [numbers[group == one] for one in range(group.max() + 1)]


def _classes(reach, costs, numbers, axis, waste):
    """The class of each box on one axis: those of a class differ by no more work than ``waste``."""
    values = list(costs)
    length = np.stack([reach.stop[value][numbers] - reach.first[value][numbers] for value in values]).clip(0)
    # what a cell more on this axis costs where the others are as long as they get
    across = np.delete(length.max(1), axis, 1).prod(1)
    weights = np.array([costs[value] for value in values]) * across
    profiles, kind = np.unique(length[..., axis], axis=1, return_inverse=True)
    work = weights @ profiles
    found, number = np.empty(profiles.shape[1], int), -1
    hull = None
    for one in np.argsort(-work, kind="stable"):
        wider = profiles[:, one] if hull is None else np.maximum(hull, profiles[:, one])
        if hull is None or weights @ wider > (1 + waste) * work[one]:
            hull, number = profiles[:, one], number + 1
        else:
            hull = wider
        found[one] = number
    return found[kind.ravel()]
