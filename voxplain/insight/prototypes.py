"""Who stands for a group in feature space, and who is not told by those: medoids, prototypes and criticisms.

Prototypes and criticisms are those of MMD-critic: Kim, Khanna, Koyejo, Examples are not Enough, Learn to Criticize!
NeurIPS 2016. The maximum mean discrepancy (MMD) of Gretton et al. 2012 says how unlike two sets of points are.
"""

import numpy as np
from scipy.spatial.distance import cdist

_EPS = 1e-12


def medoids(values, count=1):
    """Places of the ``count`` rows of ``values`` (n, d) with the least summed distance to all, and these sums.

    The first is the medoid. Of equal rows the first comes first.
    """
    sums = cdist(values, values).sum(1)
    order = np.argsort(sums, kind="stable")[:count]
    return order, sums[order]


def gaussian_kernel(values, gamma=None, others=None):
    """exp(-gamma |x - y|^2) of each row of ``values`` with each of ``others`` (itself by default), and its gamma.

    gamma None: 1 over the squared median of the distances between different rows of ``values``; 1 where that is 0.
    """
    if gamma is None:
        between = cdist(values, values)[np.triu_indices(len(values), 1)]
        median = np.median(between) if len(between) else 0.0
        gamma = 1 / median**2 if median > 0 else 1.0
    squared = cdist(values, values if others is None else others, "sqeuclidean")
    return np.exp(-gamma * squared), float(gamma)


def mmd_prototypes(kernel, count):
    """Places of ``count`` rows that together are most like all n, and the squared MMD that is left after each.

    kernel: (n, n). Each is the one that lowers MMD^2 = mean(K) - 2 mean(K[:, S]) + mean(K[S, S]) most, given those
    before: within 1 - 1/e of the best set. Of equal ones the first is taken.
    """
    column_means, chosen, left = kernel.mean(0), [], []
    for _ in range(min(count, len(kernel))):
        size = len(chosen) + 1
        crossed = 2 * kernel[:, chosen].sum(1) + np.diag(kernel) + kernel[np.ix_(chosen, chosen)].sum()
        gains = 2 * (column_means[chosen].sum() + column_means) / size - crossed / size**2
        gains[chosen] = -np.inf
        chosen.append(_first_best(gains))
        left.append(kernel.mean() - gains[chosen[-1]])
    return np.array(chosen, int), np.maximum(left, 0.0)


def witness(kernel, prototypes):
    """(n,): where the rows are denser (above 0) or sparser (below 0) than ``prototypes``, places among them, say."""
    return kernel.mean(0) - kernel[np.asarray(prototypes)].mean(0)


def mmd_criticisms(kernel, prototypes, count):
    """Places of ``count`` rows that ``prototypes`` tell least of, and the witness function at each.

    Each is the one that raises the sum of |witness| plus the log-determinant of the kernel among them most, which
    keeps them apart from one another, given those before; no prototype is one.
    """
    told, chosen = witness(kernel, prototypes), []
    for _ in range(min(count, len(kernel) - len(prototypes))):
        gains = np.abs(told) + np.log(np.maximum(_not_explained(kernel, chosen), _EPS))
        gains[chosen] = gains[np.asarray(prototypes)] = -np.inf
        chosen.append(_first_best(gains))
    return np.array(chosen, int), told[chosen]


def _not_explained(kernel, chosen):
    # the ratio of determinants with and without one more row: its Schur complement
    if not chosen:
        return np.diag(kernel)
    among, beside = kernel[np.ix_(chosen, chosen)], kernel[chosen]
    return np.diag(kernel) - (beside * np.linalg.lstsq(among, beside, rcond=None)[0]).sum(0)


def _first_best(gains):
    # rounding must not choose between equals
    return int(np.flatnonzero(gains >= gains.max() - 1e-9)[0])
