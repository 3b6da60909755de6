"""K-means of many sets of points at once, each from several starts (Lloyd 1982; starts after Arthur and Vassilvitskii).

Hundreds of small sets, as resampling makes them, take no longer than a few; and no number of threads changes a label.
"""

import numpy as np

STARTS = 5
MOST_STEPS = 40


def kmeans(sets, number, seed, starts=STARTS):
    """Labels (sets, points) from 0 on and sums of squared distances (sets,) of the best of ``starts`` partitions.

    ``sets`` is (sets, points, columns); ``number`` of clusters. Starts spread, as those of k-means++, from ``seed``:
    each centre is drawn among the points, those far from the centres before it more often. A set with fewer different
    points than ``number`` leaves clusters empty. Clusters are numbered from the largest on.
    """
    sets = np.asarray(sets, float)
    count, points = sets.shape[:2]
    draw = np.random.default_rng(seed)
    best_labels, best = np.zeros((count, points), int), np.full(count, np.inf)
    for _ in range(starts):
        labels, spread = _settled(sets, _spread_centres(sets, number, draw))
        better = spread < best * (1 - 1e-12)
        best_labels[better], best[better] = labels[better], spread[better]
    for labels in best_labels:
        labels[:] = _by_size(labels, number)
    return best_labels, best


def _spread_centres(sets, number, draw):
    every = np.arange(len(sets))
    centres = [sets[every, draw.integers(sets.shape[1], size=len(sets))]]
    nearest = np.full(sets.shape[:2], np.inf)
    for _ in range(number - 1):
        nearest = np.minimum(nearest, ((sets - centres[-1][:, None]) ** 2).sum(axis=2))
        reached = np.cumsum(nearest, axis=1)
        drawn = draw.random(len(sets)) * reached[:, -1]
        centres.append(sets[every, np.minimum((reached <= drawn[:, None]).sum(axis=1), sets.shape[1] - 1)])
    return np.stack(centres, axis=1)


def _settled(sets, centres):
    sizes, labels = (sets**2).sum(axis=2)[:, :, None], None
    for _ in range(MOST_STEPS):
        away = sizes + (centres**2).sum(axis=2)[:, None] - 2 * sets @ centres.transpose(0, 2, 1)
        before, labels = labels, away.argmin(axis=2)
        if before is not None and (before == labels).all():
            break
        inside = (labels[:, None] == np.arange(centres.shape[1])[:, None]).astype(float)
        counts = inside.sum(axis=2)[:, :, None]
        # an empty cluster stays where it is
        centres = np.where(counts > 0, inside @ sets / np.maximum(counts, 1), centres)
    own = np.take_along_axis(centres, labels[:, :, None], 1)
    return labels, ((sets - own) ** 2).sum(axis=(1, 2))


def _by_size(labels, number):
    order = np.argsort(-np.bincount(labels, minlength=number), kind="stable")
    return np.argsort(order)[labels]
