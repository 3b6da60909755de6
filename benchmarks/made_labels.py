"""Made labels for benchmarks: regions of a brain in pairs of left and right, and nested segments of a head."""

import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial import cKDTree


def paired_regions(mask, count, seed=1):
    """Labels 1 to ``count`` of the voxels in ``mask``, (x, y, z): odd ones left, each beside its mirror image.

    Regions are what lies nearest to points spread evenly over the left half, as large as those of an atlas.
    """
    middle, at = mask.shape[0] / 2, np.argwhere(mask)
    left = at[at[:, 0] < middle]
    generator = np.random.default_rng(seed)
    points = [left[generator.integers(len(left))]]
    far = ((left - points[0]) ** 2).sum(1)
    while len(points) < count // 2:
        points.append(left[far.argmax()])
        far = np.minimum(far, ((left - points[-1]) ** 2).sum(1))
    right = at[:, 0] >= middle
    mirrored = at.copy()
    mirrored[right, 0] = mask.shape[0] - 1 - mirrored[right, 0]
    labels = np.zeros(mask.shape, dtype=np.int64)
    labels[tuple(at.T)] = 1 + 2 * cKDTree(points).query(mirrored)[1] + right
    return torch.from_numpy(labels)


def nested_levels(mask, counts, seed=1):
    """(levels, x, y, z): segments of the voxels in ``mask``, as many as ``counts`` says for each level, finest first.

    The finest are what lies nearest to points drawn from the voxels; the others join those whose points are near.
    """
    at = np.argwhere(mask)
    points = at[np.random.default_rng(seed).choice(len(at), counts[0], replace=False)]
    nearest, tree = cKDTree(points).query(at)[1], linkage(points, "ward")
    levels = np.zeros((len(counts), *mask.shape), dtype=np.int64)
    for level, count in zip(levels, counts, strict=True):
        level[tuple(at.T)] = fcluster(tree, count, "maxclust")[nearest]
    return torch.from_numpy(levels)
