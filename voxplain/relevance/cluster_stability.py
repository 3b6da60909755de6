"""Whether clusters come back when subjects are drawn again (Hennig 2007)."""

import numpy as np

from voxplain.relevance.bootstrap import mean_over
from voxplain.relevance.kmeans import kmeans


def cluster_stability(points, labels, resamples, seed):
    """How well each cluster of k-means is found again, (clusters,), from 0 to 1: the mean over resamples of subjects.

    ``points`` (subjects, columns), ``labels`` (subjects,) from 0 on. The clusters of every resample with replacement
    are compared with it by Jaccard's index over the subjects drawn, and the most alike counts. Below .6 a cluster is
    not to be believed, from .75 on it is stable.
    """
    number = labels.max() + 1
    drawn = np.random.default_rng(seed).integers(len(points), size=(resamples, len(points)))
    found = np.full((resamples, number), np.nan)
    for row, (chosen, again) in enumerate(zip(drawn, kmeans(points[drawn], number, seed)[0], strict=True)):
        # a subject drawn twice counts once
        chosen, first = np.unique(chosen, return_index=True)
        for place in range(number):
            own = labels[chosen] == place
            if own.any():
                found[row, place] = max(_jaccard(own, again[first] == other) for other in np.unique(again))
    return mean_over(found)


def _jaccard(one, other):
    return np.count_nonzero(one & other) / np.count_nonzero(one | other)
