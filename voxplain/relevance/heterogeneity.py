"""Whether the subjects of a group differ in where their relevance lies, in kinds rather than by degrees.

Every subject is a profile of shares over regions, taken to its square root, in which the distance is Hellinger's. What
the subjects of one network share is removed first: else the folds would be the clusters. Clusters of k-means are then
believed where two things hold: they are tighter than those of one normal cloud, over all numbers of clusters at once,
and there is a valley between every two of them. The first alone would call a skewed cloud two clusters.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_samples

from voxplain.relevance.cluster_stability import cluster_stability
from voxplain.relevance.kmeans import kmeans
from voxplain.relevance.modes import one_mode_p
from voxplain.relevance.one_cloud import main_axes, residuals, rotated
from voxplain.relevance.regions import subject_profiles

FEWEST = 12  # subjects beyond those that networks account for
ALPHA = 0.05
MEMBERS = ["subject", "cluster", "silhouette", "first", "second"]
CHOICE = ["clusters", "silhouette", "stability", "stability_lowest", "excess", "valley_p"]
CENTRES = ["cluster", "index", "region", "share", "difference"]


@dataclass(frozen=True, eq=False)
class Subtypes:
    """Clusters of subjects, or one where none are to be believed; ``p`` is of any clusters at all, against one cloud.

    ``members``: columns MEMBERS, one row a subject; ``first`` and ``second`` are its places along the principal axes.
    ``choice``: columns CHOICE, one row a number of clusters; ``excess`` is how many standard deviations the clusters
    are tighter than those of one cloud, ``valley_p`` the largest p-value of two of them being one. ``centres``: columns
    CENTRES, the mean shares of each cluster and how far they are from the mean of all. ``sentence`` says it in words.
    """

    number: int
    p: float
    members: pd.DataFrame
    choice: pd.DataFrame
    centres: pd.DataFrame
    sentence: str


def find_subtypes(profiles, subjects, splits=None, inside=None, *, most=5, draws=199, resamples=100, seed=1):
    """The `Subtypes` of a group of subjects by the regions in which their relevance lies.

    ``profiles`` are of maps, of which ``subjects`` and ``splits`` (one network by default) name whose each is and
    ``inside`` (maps,) bool says which count. Between 2 and ``most`` clusters are tried. With ``draws`` of one cloud the
    smallest p is 1 / (draws + 1); ``resamples`` are those of the stability. Too few subjects give one cluster, p NaN.
    """
    counted = np.isfinite(profiles.share).any(axis=1)
    counted &= np.ones(len(profiles), bool) if inside is None else np.asarray(inside, bool)
    names, own = subject_profiles(profiles, subjects, counted)
    shares = _shares(np.asarray(subjects), splits, counted, names)
    measured = own.share[:, own.voxels > 0]
    beyond, rank = residuals(np.sqrt(measured), shares)
    if len(names) - rank < FEWEST or not np.abs(beyond).max(initial=0) > 1e-9:
        return _one(names, own, f"{_people(len(names))}: too few, or too alike, to look for subtypes")
    points = main_axes(beyond)
    tried = range(2, max(3, min(most, len(names) // 4) + 1))
    labels = {number: kmeans(points[None], number, [seed, number])[0][0] for number in tried}
    excess, p = _against_one_cloud(points, shares, tried, draws, seed)
    rows = []
    for number, far in zip(tried, excess, strict=True):
        silhouette = silhouette_samples(points, labels[number]).mean()
        again = cluster_stability(points, labels[number], resamples, [seed, number])
        rows.append((number, silhouette, again.mean(), again.min(), far, _valley(points, labels[number], seed)))
    choice = pd.DataFrame(rows, columns=CHOICE)
    parted = choice[choice["valley_p"] <= ALPHA]
    if p > ALPHA or parted.empty:
        return _one(names, own, _no_subtypes(len(names), p), points, choice, p)
    best = parted.loc[parted["excess"].idxmax()]
    number = int(best["clusters"])
    members = _members(names, labels[number], silhouette_samples(points, labels[number]), points)
    return Subtypes(number, p, members, choice, _centres(own, labels[number]), _found(members, best, p))


def _against_one_cloud(points, shares, tried, draws, seed):
    """How many sd's clusters are tighter than in one cloud, for each number, and the p-value of the largest of them."""
    draw = np.random.default_rng(seed)
    clouds = np.stack([points, *(rotated(points, shares, draw) for _ in range(draws))])
    tight = -np.stack([kmeans(clouds, number, [seed, number])[1] for number in tried], axis=1)
    tight = (tight - tight.mean(axis=0)) / np.maximum(tight.std(axis=0), np.finfo(float).tiny)
    largest = tight.max(axis=1)
    return tight[0], float((largest >= largest[0]).mean())


def _valley(points, labels, seed):
    """The largest p-value, over every two clusters, of their subjects having one mode along the line of their means."""
    found = []
    for one, other in combinations(range(labels.max() + 1), 2):
        line = points[labels == one].mean(axis=0) - points[labels == other].mean(axis=0)
        found.append(one_mode_p(points[(labels == one) | (labels == other)] @ line, seed=seed))
    return max(found)


def _shares(subjects, splits, counted, names):
    splits = np.zeros(len(subjects)) if splits is None else np.asarray(splits)
    table = pd.crosstab(subjects[counted], splits[counted], normalize="index")
    return table.reindex(names).to_numpy(float)


def _members(names, labels, silhouette, points):
    second = points[:, 1] if points.shape[1] > 1 else np.zeros(len(points))
    columns = zip(names, labels + 1, silhouette, points[:, 0], second, strict=True)
    return pd.DataFrame(list(columns), columns=MEMBERS)


def _centres(own, labels):
    share, rows = own.share, []
    for place in range(labels.max(initial=-1) + 1):
        mean = share[labels == place].mean(axis=0)
        columns = own.index, own.region, mean, mean - share.mean(axis=0)
        rows += [(place + 1, *row) for row in zip(*columns, strict=True)]
    return pd.DataFrame(rows, columns=CENTRES)


def _one(names, own, sentence, points=None, choice=None, p=np.nan):
    labels = np.zeros(len(names), int)
    points = np.zeros((len(names), 2)) if points is None else points
    members = _members(names, labels, np.full(len(names), np.nan), points)
    choice = pd.DataFrame(columns=CHOICE) if choice is None else choice
    return Subtypes(1, p, members, choice, _centres(own, labels), sentence)


def _found(members, best, p):
    sizes = members["cluster"].value_counts().sort_index().tolist()
    lowest = best["stability_lowest"]
    kind = "stable" if lowest >= 0.75 else "doubtful" if lowest >= 0.6 else "not stable"
    return (
        f"{_people(len(members))} fall into {len(sizes)} clusters (of {', '.join(map(str, sizes))}) by the regions of "
        f"their relevance (p = {p:.3f} against one cloud); the clusters are {kind}: the least stable is found again "
        f"with a Jaccard index of {lowest:.2f}"
    )


def _no_subtypes(number, p):
    if p > ALPHA:
        return f"{_people(number)}: no subtypes; the clusters are no tighter than those of one cloud (p = {p:.3f})"
    return (
        f"{_people(number)}: no subtypes; the profiles are not one normal cloud (p = {p:.3f}), but there is no valley "
        "between the clusters: subjects differ by degrees, not in kind"
    )


def _people(number):
    return f"{number} subject{'s' * (number != 1)}"
