"""The voxels of a map from the most relevant to the least, one by one or a region at a time."""

from dataclasses import dataclass

import numpy as np

ORDERS = ("absolute", "signed")


@dataclass(frozen=True)
class Path:
    """An order in which voxels are taken: ``places`` (x, y, z) int32 says how many come before each.

    ``count`` voxels are taken in all; those that are not have ``count`` as their place. ``stops`` are the numbers of
    voxels taken, in rising order, after which the network is asked.
    """

    places: np.ndarray
    count: int
    stops: tuple

    @property
    def shares(self):
        """The share of all voxels that is taken at each stop, (stops,)."""
        return np.array(self.stops) / self.count


def strengths(values, order, sign=1):
    """What a map ``values`` is ordered by: its absolute value or, ``signed``, itself times ``sign``.

    ``sign`` is 1 where relevance speaks for the answer and -1 where it speaks against it.
    """
    if order not in ORDERS:
        raise ValueError(f"order is one of {', '.join(ORDERS)}, not {order!r}")
    return np.abs(values) if order == "absolute" else sign * np.asarray(values)


def voxel_path(strength, region, shares, seed):
    """The `Path` of the voxels of ``region`` (x, y, z) from the highest ``strength`` (x, y, z) to the lowest.

    It stops at each of ``shares``. Voxels that are equal come in an order drawn by ``seed``, so that none is favoured
    for where it lies. None where the map is constant or not finite in the region, which has no order.
    """
    seen = np.asarray(strength)[region]
    if not _ordered(seen):
        return None
    drawn = np.random.default_rng(seed).permutation(len(seen))
    order = drawn[np.argsort(-seen[drawn], kind="stable")]
    places = np.empty(len(seen), np.int32)
    places[order] = np.arange(len(seen))
    return Path(_in_region(places, region), len(seen), _stops(np.asarray(shares) * len(seen), len(seen)))


def region_path(strength, labels, region, shares, seed):
    """The `Path` of whole regions, from the highest mean ``strength`` to the lowest.

    ``labels`` (x, y, z) number the regions, of which the parts inside ``region`` count; 0 is one like the others. It
    stops where the border between two regions is nearest to each of ``shares``. None as in `voxel_path`, and where
    there are fewer than two regions.
    """
    seen = np.asarray(strength)[region]
    names, numbers, sizes = np.unique(labels[region], return_inverse=True, return_counts=True)
    if not _ordered(seen) or len(names) < 2:
        return None
    means = np.bincount(numbers, weights=seen) / sizes
    drawn = np.random.default_rng(seed).permutation(len(names))
    order = drawn[np.argsort(-means[drawn], kind="stable")]
    ends = np.cumsum(sizes[order])
    before = np.empty(len(names), np.int32)
    before[order] = ends - sizes[order]
    borders = ends[:-1]
    nearest = np.abs(borders[None] - np.asarray(shares)[:, None] * len(seen)).argmin(axis=1)
    return Path(_in_region(before[numbers], region), len(seen), _stops(borders[nearest], len(seen)))


def block_labels(shape, sides):
    """Blocks of ``sides`` voxels a side, one number for each axis, that fill ``shape``: whole numbers from 1 on."""
    each = [np.arange(length) // max(int(round(side)), 1) for length, side in zip(shape, sides, strict=True)]
    numbers = np.ravel_multi_index(np.ix_(*each), [one[-1] + 1 for one in each])
    return numbers.astype(np.int32) + 1


def _ordered(seen):
    return len(seen) > 1 and bool(np.isfinite(seen).all()) and bool(seen.min() < seen.max())


def _in_region(places, region):
    whole = np.full(region.shape, len(places), np.int32)
    whole[region] = places
    return whole


def _stops(numbers, count):
    whole = {int(number) for number in np.round(numbers)}
    return tuple(sorted(number for number in whole if 0 < number < count))
