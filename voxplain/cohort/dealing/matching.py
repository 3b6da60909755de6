"""Matched classes: for each subject of the rarest class one of every other, alike in what is not to tell them."""

import random

from voxplain.cohort.tables.ranges import number

EXACT = "exact"


def matched_sets(people, wanted, seed=0):
    """Sets of subjects that are alike, one of each class, as ``{subject: (all of its set)}``.

    ``people`` is ``{subject: (class, {column: cell})}``; ``wanted`` is ``{column: exact | the greatest difference}``.
    The rarest class is matched with each other class in turn, by as many pairs as there can be (Rosenbaum 1989, optimal
    matching), and among those by the ones with the least sum of differences, each in units of its greatest. ``seed``
    settles who is taken of several that are equally near.
    """
    by_class = {}
    for subject in sorted(people):
        by_class.setdefault(people[subject][0], []).append(subject)
    order = random.Random(seed)
    for _, subjects in sorted(by_class.items()):
        order.shuffle(subjects)
    if len(by_class) < 2:
        return {}
    rarest = min(by_class, key=lambda one: (len(by_class[one]), one))
    sets = {subject: [subject] for subject in by_class[rarest]}
    for one in sorted(set(by_class) - {rarest}):
        pairs = _pairs(list(sets), by_class[one], people, wanted)
        sets = {first: [*sets[first], second] for first, second in pairs}
    return {subject: tuple(together) for together in sets.values() for subject in together}


def lacking(cells, wanted):
    """The first column of ``wanted`` whose cell is empty, or no number where a difference is asked for; or None."""
    for column, limit in wanted.items():
        if not cells[column] or (limit != EXACT and number(cells[column]) is None):
            return column
    return None


def alike(wanted):
    """What ``wanted`` asks of a match, in words: ``the same Gender and Age within 2``."""
    exact = [f"the same {column}" for column, limit in wanted.items() if limit == EXACT]
    near = [f"{column} within {limit:g}" for column, limit in wanted.items() if limit != EXACT]
    return " and ".join([*exact, *near])


def _pairs(first, second, people, wanted):
    import numpy as np
    from scipy.optimize import linear_sum_assignment  # asked for by few studies, while every run is planned

    if not first or not second:
        return []
    differences = np.zeros((len(first), len(second)))
    for column, limit in wanted.items():
        differences += _differences(*([people[one][1][column] for one in side] for side in (first, second)), limit)
    allowed = np.isfinite(differences)
    # One pair more is worth any sum of differences.
    cost = np.where(allowed, differences, (len(wanted) + 1.0) * (min(differences.shape) + 1))
    return [(first[row], second[column]) for row, column in zip(*linear_sum_assignment(cost), strict=True)
            if allowed[row, column]]  # fmt: skip


def _differences(first, second, limit):
    import numpy as np

    if limit == EXACT:
        same = np.array([[_same(one, other) for other in second] for one in first])
        return np.where(same, 0.0, np.inf)
    apart = np.abs(np.subtract.outer([number(one) for one in first], [number(other) for other in second]))
    # A caliper of .1 holds .3 and .4, which floats do not say.
    return np.where(apart <= limit * (1 + 1e-9), apart / limit, np.inf)


def _same(one, other):
    if number(one) is not None and number(other) is not None:
        return number(one) == number(other)
    return one.casefold() == other.casefold()
