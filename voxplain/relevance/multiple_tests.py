"""p-values of many tests at once, against the largest of every permutation."""

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
