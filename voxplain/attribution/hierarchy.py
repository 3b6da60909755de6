"""Nested segmentations of a volume: basins of its boundaries, joined across the weakest first.

Arbelaez, Maire, Fowlkes, Malik 2011, doi 10.1109/TPAMI.2010.161.
"""

from heapq import heapify, heappop, heappush

import numpy as np


def nested_segments(strength, inside, values=None, *, levels=12, finest=800, coarsest=3, smallest=20):
    """Label volumes from fine to coarse, (at most ``levels``, *spatial): every segment is a union of finer ones.

    ``strength`` (*spatial) is how strong the boundary is at each voxel; what is not ``inside`` has label 0. The basins
    of ``strength``, after `nearest_basins` of ``values`` (channels, *spatial) if there are any, are joined pair by
    pair, those with the weakest mean boundary between them first, but before them all segments of fewer than
    ``smallest`` voxels. Levels have from ``finest`` to ``coarsest`` segments, spaced evenly on a logarithmic scale, no
    two alike; where basins are fewer, or lie apart, the ends are what there is.
    """
    basins = watershed_basins(strength, inside)
    if values is not None:
        basins = nearest_basins(basins, values)
    count = int(basins.max())
    if not count:
        return np.zeros((1, *strength.shape), dtype=np.int64)
    merges = _merges(strength, basins, smallest)
    apart = count - len(merges)
    most = max(min(finest, count), apart)
    least = min(max(coarsest, apart), most)
    wanted = sorted({round(one) for one in np.geomspace(most, least, levels)}, reverse=True)
    names = np.arange(count + 1)
    done, cuts = 0, []
    for segments in wanted:
        for first, second, joined in merges[done : count - segments]:
            names[(names == first) | (names == second)] = joined
        done = count - segments
        cuts.append(names[basins])
    return np.stack(cuts)


def watershed_basins(strength, inside):
    """The basin of each voxel ``inside``, numbered from 1, and 0 elsewhere: where steepest descent of it ends.

    Of voxels equally low the first in memory is the lower one, so that a plateau drains.
    """
    order = np.empty(strength.size, dtype=np.int64)
    order[np.argsort(strength, axis=None, kind="stable")] = np.arange(strength.size)
    rank = np.where(inside, order.reshape(strength.shape), strength.size)
    lowest, goal = rank.copy(), np.arange(rank.size).reshape(rank.shape)
    own = goal.copy()
    for one, other in _neighbours(rank.ndim):
        for here, there in ((one, other), (other, one)):
            lower = rank[there] < lowest[here]
            lowest[here] = np.where(lower, rank[there], lowest[here])
            goal[here] = np.where(lower, own[there], goal[here])
    goal = goal.ravel()
    while (goal[goal] != goal).any():
        goal = goal[goal]
    basins = np.zeros(rank.shape, dtype=np.int64)
    basins[inside] = np.unique(goal[inside.ravel()], return_inverse=True)[1] + 1
    return basins


def nearest_basins(basins, values):
    """``basins`` after each voxel beside another basin has gone to the one, of its own and those, most like it.

    Like is what has the nearest mean of ``values`` (channels, *spatial). A ball that is halved at the rim of a small
    structure sees more of the outside, so that its outermost voxels drain outwards without this.
    """
    sizes = np.maximum(np.bincount(basins.ravel()), 1)
    means = np.stack([np.bincount(basins.ravel(), weights=one.ravel()) / sizes for one in values])
    chosen = basins.copy()
    least = ((values - means[:, basins]) ** 2).sum(0)
    for one, other in _neighbours(basins.ndim):
        for here, there in ((one, other), (other, one)):
            far = ((values[(slice(None), *here)] - means[:, basins[there]]) ** 2).sum(0)
            better = (far < least[here]) & (basins[here] > 0) & (basins[there] > 0)
            least[here] = np.where(better, far, least[here])
            chosen[here] = np.where(better, basins[there], chosen[here])
    # a basin that all its voxels have left is none
    return np.unique(chosen, return_inverse=True)[1].reshape(basins.shape) + int(chosen.min() > 0)


def _neighbours(axes):
    """Places of the voxels with a next one, and of the next ones, for each axis."""
    for axis in range(axes):
        before, after = [slice(None)] * axes, [slice(None)] * axes
        before[axis], after[axis] = slice(None, -1), slice(1, None)
        yield tuple(before), tuple(after)


def _merges(strength, basins, smallest):
    """Pairs of segments in the order in which they are joined, with the number that each pair gets."""
    sizes = dict(enumerate(np.bincount(basins.ravel()).tolist()))
    between = _shared_faces(strength, basins)
    queue = [
        _pair(sizes, smallest, one, other, shared)
        for one, others in between.items()
        for other, shared in others.items()
        if one < other
    ]
    heapify(queue)
    merges, latest = [], len(sizes) - 1
    while queue:
        _, _, one, other = heappop(queue)
        if one not in between or other not in between:
            continue
        latest += 1
        merges.append((one, other, latest))
        sizes[latest] = sizes[one] + sizes[other]
        joined = {}
        for part in (one, other):
            for third, (total, faces) in between.pop(part).items():
                if third not in (one, other):
                    before = joined.get(third, (0.0, 0))
                    joined[third] = (before[0] + total, before[1] + faces)
                    del between[third][part]
        between[latest] = joined
        for third, shared in joined.items():
            between[third][latest] = shared
            heappush(queue, _pair(sizes, smallest, third, latest, shared))
    return merges


def _pair(sizes, smallest, one, other, shared):
    """What stands in the queue for a pair: the lowest is joined first."""
    total, faces = shared
    return min(sizes[one], sizes[other]) >= smallest, total / faces, one, other


def _shared_faces(strength, basins):
    """For each basin and neighbour: the sum of the strengths of the faces between them, and how many these are."""
    ones, others, heights = [], [], []
    for before, after in _neighbours(basins.ndim):
        apart = (basins[before] != basins[after]) & (basins[before] > 0) & (basins[after] > 0)
        ones.append(np.minimum(basins[before], basins[after])[apart])
        others.append(np.maximum(basins[before], basins[after])[apart])
        heights.append((strength[before] + strength[after])[apart] / 2)
    count = int(basins.max()) + 1
    pairs, faces = np.unique(np.concatenate(ones) * count + np.concatenate(others), return_inverse=True)
    totals = np.bincount(faces, weights=np.concatenate(heights))
    counts = np.bincount(faces)
    between = {one: {} for one in range(1, count)}
    for pair, total, number in zip(pairs.tolist(), totals.tolist(), counts.tolist(), strict=True):
        one, other = divmod(pair, count)
        between[one][other] = between[other][one] = (total, number)
    return between
