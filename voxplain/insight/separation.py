"""How far the classes of a column lie apart among points, as the mean silhouette.

Rousseeuw, Journal of Computational and Applied Mathematics 1987.
"""

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import silhouette_score

from voxplain.insight.permuted import beside_chance, exchanged


def silhouette(values, classes, groups=None, *, draws=200, seed=1):
    """The mean silhouette of ``classes`` among the rows of ``values`` (n, d), -1 to 1, beside permuted classes.

    A row's is (b - a) / max(a, b): a its mean distance to its own class, b to the nearest other one. groups: whose rows
    are never divided, (n,). A dict of what `beside_chance` has, n, and note, which says why a value is nan: one class
    alone, as many classes as rows, or points that are all in one place.
    """
    classes, values = np.asarray(classes), np.asarray(values, float)
    kinds = len(set(classes.tolist()))
    row = {"n": len(values), "note": ""}
    if kinds < 2 or kinds >= len(values):
        return row | beside_chance(np.nan, []) | {"note": f"{kinds} classes among {len(values)} scans"}
    distances = squareform(pdist(values))
    if not distances.any():
        return row | beside_chance(np.nan, []) | {"note": "all points lie in one place"}
    orders = exchanged(range(len(values)) if groups is None else groups, draws, seed)
    value, *drawn = (silhouette_score(distances, one, metric="precomputed") for one in (classes, *classes[orders]))
    return row | beside_chance(value, drawn)
