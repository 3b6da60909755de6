"""The clusters of a comparison as a table: how large, how rare, where their peaks are and what is there."""

import numpy as np
import pandas as pd
from scipy import ndimage

from voxplain.relevance.atlas import on_grid, region_at
from voxplain.relevance.clusters import clusters

COLUMNS = ["cluster", "peak", "sign", "voxels", "ml", "mass", "p", "t", "x", "y", "z", "region", "regions", "seeds"]
PEAKS = 3
APART = 8.0  # mm between the peaks that are told of one cluster
LEAST_SHARE = 0.05  # of a cluster in a region that is named


def cluster_table(contrast, affine, atlas=None, alpha=0.05, of_seeds=()):
    """A row for each peak of each cluster of the `Contrast` with a corrected p of at most ``alpha``, rarest first.

    Clusters are those of |t| at the contrast's threshold; of tests that correct every voxel, tfce and voxel, they are
    of the voxels with such a p. ``t`` is the peak's, at ``x, y, z`` in RAS+ mm by ``affine``; ``ml`` the cluster's
    volume, ``mass`` the sum of |t| above the threshold (of every voxel's |t|, where there is none). ``region`` is the
    peak's in ``atlas``, ``regions`` the cluster's with their shares; empty without an atlas. ``of_seeds`` are t maps
    (x, y, z) of single trainings: ``seeds`` says in how many of them at least half of the cluster has the same sign
    and passes the threshold as well.
    """
    numbers, sizes, masses = _cut(contrast, alpha)
    if atlas is not None:
        atlas = on_grid(atlas, contrast.t.shape, affine)
    size, found = np.abs(contrast.t), []
    voxel_ml = abs(np.linalg.det(affine[:3, :3])) / 1000
    tops = (ndimage.maximum_filter(size, 3) == size) & (numbers > 0)
    for number, box in enumerate(ndimage.find_objects(numbers), start=1):
        where = np.argwhere(numbers[box] == number) + [side.start for side in box]
        within = tuple(where.T)
        p, positive = float(contrast.p_test[within].min()), bool(contrast.t[within][0] > 0)
        if p <= alpha:
            about = {
                "sign": "positive" if positive else "negative",
                "voxels": int(sizes[number - 1]),
                "ml": float(sizes[number - 1] * voxel_ml),
                "mass": float(masses[number - 1]),
                "p": p,
                "regions": _regions(atlas, within),
                "seeds": _agreeing(of_seeds, within, contrast.threshold, 1 if positive else -1),
            }
            found.append((about, _peaks(where[tops[within]] if tops[within].any() else where, size, affine)))
    found.sort(key=lambda one: (one[0]["p"], -one[0]["mass"]))
    rows = []
    for number, (about, peaks) in enumerate(found, start=1):
        for order, (place, point) in enumerate(peaks, start=1):
            told = {"cluster": number, "peak": order, "t": float(contrast.t[place])}
            told |= dict(zip("xyz", point.round(1).tolist(), strict=True))
            rows.append(about | told | {"region": region_at(atlas, point) if atlas else ""})
    return pd.DataFrame(rows, columns=COLUMNS)


def _cut(contrast, alpha):
    if contrast.test.startswith("cluster"):
        return clusters(contrast.t, contrast.threshold)
    return clusters(np.where(contrast.p_test <= alpha, contrast.t, 0), 0)


def _peaks(where, size, affine):
    """The largest of the voxels ``where`` (n, 3) and others at least APART from those told before: places, mm."""
    order = np.argsort(-size[tuple(where.T)], kind="stable")
    points = where @ affine[:3, :3].T + affine[:3, 3]
    told = []
    for one in order:
        if all(np.linalg.norm(points[one] - points[other]) >= APART for other in told):
            told.append(one)
        if len(told) == PEAKS:
            break
    return [(tuple(where[one]), points[one]) for one in told]


def _regions(atlas, within):
    if atlas is None:
        return ""
    found, counts = np.unique(atlas.labels[within], return_counts=True)
    shares = sorted(zip(-counts / counts.sum(), found.tolist(), strict=True))
    named = [(atlas.names[label], -share) for share, label in shares if label and -share >= LEAST_SHARE]
    return "; ".join(f"{name} {share:.0%}" for name, share in named[:4])


def _agreeing(of_seeds, within, threshold, sign):
    if not len(of_seeds):
        return ""
    passed = sum((sign * one[within] >= threshold).mean() >= 0.5 for one in of_seeds)
    return f"{passed} of {len(of_seeds)}"
