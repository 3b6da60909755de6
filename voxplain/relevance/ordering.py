"""An order in which maps that agree stand beside each other, so that a matrix shows its groups."""

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from voxplain.relevance.agreement import DISTANCES, agreement_matrix


def agreement_tree(table, measure):
    """Names of an `agreement_table`, and the joins (names - 1, 4) of their tree by average linkage, as scipy has them.

    The distance of two names is ``measure``, or 1 minus it where it is no distance; an undefined one is the largest
    found. Neighbours in the tree's order are as close as can be (Bar-Joseph et al. 2001).
    """
    matrix = agreement_matrix(table, measure)
    apart = matrix.to_numpy() if measure in DISTANCES else 1 - matrix.to_numpy()
    known = np.isfinite(apart)
    apart = np.where(known, apart, apart[known].max(initial=1.0))
    apart = np.maximum((apart + apart.T) / 2, 0)
    np.fill_diagonal(apart, 0)
    names = list(matrix.index)
    if len(names) < 2:
        return names, np.empty((0, 4))
    return names, linkage(squareform(apart, checks=False), "average", optimal_ordering=True)


def agreement_order(table, measure):
    """Names of an `agreement_table` in the order of `agreement_tree`."""
    names, tree = agreement_tree(table, measure)
    return [names[place] for place in leaves_list(tree)] if len(tree) else names
