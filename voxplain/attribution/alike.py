"""Groups of boxes that reach about as many cells, so that windows of one size hold all of a group without waste."""

import numpy as np

# the share of the work that one size for several boxes may waste on each axis, doubled until groups are large enough
WASTE = 0.1
BOXES = 8


def alike(reach, costs):
    """Arrays of box numbers, all that are alive; ``costs`` is the work for a cell of each value, {value: number}."""
    numbers, waste = np.flatnonzero(reach.alive), WASTE
    groups = _grouped(reach, costs, numbers, waste)
    while len(groups) > max(len(numbers) / BOXES, 1) and waste < 1:
        waste *= 2
        groups = _grouped(reach, costs, numbers, waste)
    return groups


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
