"""Random maps that are as smooth as a given one, by matching its variogram (Burt et al. 2020).

A map's values are dealt out anew over the mask, which leaves no smoothness, and smoothed by Gaussians of several
widths. Of each the variogram, half the mean square difference of two voxels a distance apart, is fitted to the map's
by a line: ``gamma = a + b * smoothed``. The width with the best fit makes the surrogate, ``sqrt(b) * smoothed +
sqrt(a) * noise``, and the map's own values are put in the order of the surrogate's. On a grid the smoothing is
separable, so that no matrix of distances between voxels is needed.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from voxplain.errors import InputError

WIDTHS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0)  # mm, standard deviations
TRIED = 20  # surrogates with every width; after them those are tried that were best of any
PAIRS = 1500  # of voxels, for each distance
BINS = 25
FARTHEST = 25  # percentile of distances within the mask, up to which variograms are matched
FEWEST = 100  # voxels


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of voxels of the mask, by number, and the bin of distance of each."""

    one: np.ndarray
    other: np.ndarray
    bin: np.ndarray
    distances: np.ndarray

    def variogram(self, values):
        squares = (values[self.one] - values[self.other]) ** 2
        return np.bincount(self.bin, squares, len(self.distances)) / (2 * np.bincount(self.bin))


def surrogates(values, mask, spacing, number, seed=1):
    """Yield ``number`` maps (voxels,) with the values and about the variogram of ``values`` (x, y, z) inside ``mask``.

    ``spacing`` is the voxel size in mm, one an axis. InputError for a map that is constant or not finite inside the
    mask, and for a mask of too few voxels.
    """
    mask = np.asarray(mask) > 0
    inside = np.asarray(values, np.float64)[mask]
    _refuse(inside)
    where = [np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    mask = mask[tuple(slice(one[0], one[-1] + 1) for one in where)]
    generator = np.random.default_rng(seed)
    pairs = _pairs(mask, np.asarray(spacing, float), generator)
    wanted, ordered = pairs.variogram(inside), np.sort(inside)
    smooth, chosen = _Smoothing(mask, np.asarray(spacing, float)), set()
    for count in range(number):
        widths = smooth.widths() if count < TRIED else sorted(chosen)
        drawn, width = _matched(generator.permutation(inside), wanted, pairs, smooth, widths, generator)
        chosen.add(width)
        found = np.empty_like(inside)
        found[np.argsort(drawn, kind="stable")] = ordered
        yield found


def variogram(values, mask, spacing, seed=1):
    """Distances in mm and half the mean square difference of voxels so far apart, two arrays, inside ``mask``."""
    mask = np.asarray(mask) > 0
    pairs = _pairs(mask, np.asarray(spacing, float), np.random.default_rng(seed))
    return pairs.distances, pairs.variogram(np.asarray(values, np.float64)[mask])


class _Smoothing:
    """Gaussian smoothing inside a mask, as if nothing were outside."""

    def __init__(self, mask, spacing):
        self.mask, self.spacing, self.weights = mask, spacing, {}

    def widths(self):
        """Those of WIDTHS that change anything on this grid, and no smoothing at all."""
        return [width for width in WIDTHS if not width or width >= 0.4 * self.spacing.min()]

    def of(self, values, width):
        if not width:
            return values
        if width not in self.weights:
            self.weights[width] = self._filtered(np.ones(len(values)), width)
        return self._filtered(values, width) / self.weights[width]

    def _filtered(self, values, width):
        whole = np.zeros(self.mask.shape, np.float32)
        whole[self.mask] = values
        return ndimage.gaussian_filter(whole, width / self.spacing, mode="constant", truncate=3.0)[self.mask]


def _matched(drawn, wanted, pairs, smooth, widths, generator):
    """``drawn`` (voxels,), smoothed and mixed with noise as fits the variogram ``wanted`` best; and the width."""
    drawn, best = drawn - drawn.mean(), None
    for width in widths:
        smoothed = smooth.of(drawn, width).astype(np.float64)
        given = pairs.variogram(smoothed)
        scale, noise = np.linalg.lstsq(np.column_stack([given, np.ones(len(given))]), wanted, rcond=None)[0]
        if scale < 0 or noise < 0:
            # a variance cannot be negative: the line through the origin, or no smoothness at all
            scale, noise = (given @ wanted / (given @ given), 0.0) if noise < 0 else (0.0, wanted.mean())
        missed = ((scale * given + noise - wanted) ** 2).sum()
        if best is None or missed < best[0]:
            best = missed, scale, noise, smoothed, width
    _, scale, noise, smoothed, width = best
    return np.sqrt(scale) * smoothed + np.sqrt(noise) * generator.normal(size=len(drawn)), width


def _pairs(mask, spacing, generator):
    """Pairs of voxels of ``mask`` at distances up to the FARTHEST percentile of all, in BINS bins of at most PAIRS."""
    places = np.argwhere(mask)
    ends = generator.integers(len(places), size=(2, 20000))
    apart = np.linalg.norm((places[ends[0]] - places[ends[1]]) * spacing, axis=1)
    farthest = np.percentile(apart[apart > 0], FARTHEST)
    numbers = np.full(mask.shape, -1)
    numbers[mask] = np.arange(len(places))
    first = generator.integers(len(places), size=BINS * PAIRS)
    ways = generator.normal(size=(len(first), 3))
    # each bin is drawn equally often, though short distances are rare
    lengths = generator.uniform(0.5 * spacing.min(), farthest, len(first))
    ways *= (lengths / np.linalg.norm(ways, axis=1))[:, None]
    second = np.rint(places[first] + ways / spacing).astype(int)
    inside = ((second >= 0) & (second < mask.shape)).all(1)
    other = np.full(len(first), -1)
    other[inside] = numbers[tuple(second[inside].T)]
    kept = (other >= 0) & (other != first)
    first, other = first[kept], other[kept]
    apart = np.linalg.norm((places[first] - places[other]) * spacing, axis=1)
    edges = np.quantile(apart, np.linspace(0, 1, BINS + 1))
    bins = np.clip(np.searchsorted(edges, apart, side="right") - 1, 0, BINS - 1)
    return _merged(first, other, bins, apart)


def _merged(first, other, bins, apart):
    """Bins that no pair falls into, as on a coarse grid, take the next one's pairs: none is empty."""
    used, bins = np.unique(bins, return_inverse=True)
    distances = np.bincount(bins, apart) / np.bincount(bins)
    return _Pairs(first, other, bins, distances)


def _refuse(inside):
    if len(inside) < FEWEST:
        raise InputError(f"mask: {len(inside)} voxels; comparing maps with random ones needs at least {FEWEST}")
    if not np.isfinite(inside).all() or inside.min() == inside.max():
        raise InputError("map: constant or not finite inside the mask, so no random map is like it; explain again")
