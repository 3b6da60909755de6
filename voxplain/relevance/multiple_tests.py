"""p-values of many tests at once: against the largest of every permutation, and the rate of false discoveries."""

import numpy as np


def familywise_p(values, largest):
    """Share of permutations, the true order among them, whose largest value reaches each of ``values``.

    ``largest`` (permutations,) holds the largest value over all tests of each. An error anywhere is then as rare as p
    says (Westfall and Young 1993), and no p is 0 (Phipson and Smyth 2010).
    """
    ordered = np.sort(np.asarray(largest, float))
    values = np.asarray(values, float)
    reached = len(ordered) - np.searchsorted(ordered, values - 1e-6 * np.abs(values), side="left")
    return (1 + reached) / (1 + len(ordered))


def false_discovery_q(p):
    """The false discovery rate at which each of ``p`` is taken, by Benjamini and Hochberg (1995)."""
    p = np.asarray(p, float)
    order = np.argsort(p)[::-1]
    ranks = np.arange(p.size, 0, -1)
    q = np.empty(p.size)
    q[order] = np.minimum.accumulate(p[order] * p.size / ranks) if p.size else []
    return np.minimum(q, 1)
