"""Whose maps may change places under the null hypothesis: exchangeability blocks (Winkler et al. 2014).

Subjects of a split share a network, so they change places within it only. What is never divided, a group (a family),
moves as a whole with another of as many subjects, and its members change places among themselves.
"""

from math import exp, lgamma

import numpy as np


def rearranged(strata, groups, permutations, seed):
    """Orders of the rows, ``(permutations, n)`` int32, drawn at random; ``strata`` and ``groups`` name each row's.

    Row ``i`` is given the map of row ``order[i]``.
    """
    generator = np.random.default_rng(seed)
    orders = np.tile(np.arange(len(groups), dtype=np.int32), (permutations, 1))
    for blocks in _alike(strata, groups):
        count, size = blocks.shape
        places = generator.permuted(np.tile(np.arange(count), (permutations, 1)), axis=1)
        inside = generator.permuted(np.tile(np.arange(size), (permutations, count, 1)), axis=2)
        moved = np.take_along_axis(blocks[places], inside, axis=2)
        orders[:, blocks.ravel()] = moved.reshape(permutations, -1)
    return orders


def flipped(groups, permutations, seed):
    """Signs, ``(permutations, n)`` of 1 and -1: a group's maps are turned together."""
    names, place = np.unique(np.asarray(groups, str), return_inverse=True)
    signs = np.random.default_rng(seed).choice(np.array([-1.0, 1.0]), (permutations, len(names)))
    return signs[:, place]


def ways(strata, groups, tested):
    """Logarithm of the number of orders that may differ in ``tested``; exact for groups of one subject.

    For larger groups it is an upper bound.
    """
    tested, total = np.asarray(tested), 0.0
    for blocks in _alike(strata, groups):
        count, size = blocks.shape
        of_blocks = [tuple(row) for row in np.sort(tested[blocks], axis=1).tolist()]
        total += lgamma(count + 1) - sum(lgamma(of_blocks.count(one) + 1) for one in set(of_blocks))
        for block in of_blocks:
            total += lgamma(size + 1) - sum(lgamma(block.count(one) + 1) for one in set(block))
    return total


def least_p(design_ways, permutations):
    """The smallest p-value that can come of ``permutations`` draws among as many orders as `ways` says."""
    return max(1 / (1 + permutations), exp(-design_ways))


def _alike(strata, groups):
    """Yield the blocks of one size in one stratum, ``(blocks, size)`` row numbers."""
    strata, groups = np.asarray(strata, str), np.asarray(groups, str)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        blocks = [inside[groups[inside] == group] for group in np.unique(groups[inside])]
        for size in sorted({len(block) for block in blocks}):
            yield np.array([block for block in blocks if len(block) == size])
