"""How alike two maps are inside a mask: rank correlation, signed and absolute, structural similarity, and their edges.

A map that is constant inside the mask, or not finite, is alike to nothing and unlike nothing: its similarities are NaN,
which tables show as ``undefined``, never 0.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import uniform_filter

from voxplain.sanity.oriented_gradients import GradientsInMask

MEASURES = ("spearman", "spearman_abs", "ssim")
# of histograms of oriented gradients, where it is asked for
HOG = "hog"
WINDOW = 7
# Wang et al. 2004, for values in a range of 2
SMALL_MEAN, SMALL_VARIANCE = (0.01 * 2) ** 2, (0.03 * 2) ** 2


def similarity(one, other, mask):
    """``{"spearman", "spearman_abs", "ssim"}`` of two maps (x, y, z) over the voxels of ``mask`` (x, y, z)."""
    maps = MapsInMask(mask)
    return maps.similarity(maps.described(one), maps.described(other))


@dataclass(frozen=True)
class Structure:
    """What of a map `MapsInMask.ssim` compares: the scaled map with its local means and variances.

    All None where the map is constant inside the mask or not finite.
    """

    scaled: np.ndarray | None
    mean: np.ndarray | None
    variance: np.ndarray | None


class Described:
    """What of a map is compared, each made when it is first asked for: its ``Structure`` and its standardised ranks.

    ``ranks`` are those of its values and ``absolute_ranks`` of their absolutes, (voxels,) of the mask, or None.
    """

    def __init__(self, maps, values):
        self._maps, self._values = maps, np.asarray(values)[maps.box]

    @cached_property
    def _seen(self):
        return self._values[self._maps.inside]

    @cached_property
    def ranks(self):
        return _ranks(self._seen)

    @cached_property
    def absolute_ranks(self):
        # values of one sign rank their absolutes too
        return self.ranks if len(self._seen) and self._seen.min() >= 0 else _ranks(np.abs(self._seen))

    @cached_property
    def structure(self):
        return self._maps.structure_of(self._values, self._seen)

    @cached_property
    def gradients(self):
        return self._maps.gradients.described(self._values) if _varies(self._seen) else None


class MapsInMask:
    """Compares maps inside one mask; each is described once, and may then be compared with many others."""

    def __init__(self, mask, window=WINDOW):
        whole = np.asarray(mask) > 0
        self.box = tuple(
            slice(where.min(), where.max() + 1) if len(where) else slice(0, 0) for where in whole.nonzero()
        )
        self.inside = whole[self.box]
        self.window = window
        self.share = np.maximum(self._filtered(self.inside.astype(np.float32)), 0.5 / window**3)

    @cached_property
    def gradients(self):
        """The `GradientsInMask` of the mask."""
        return GradientsInMask(self.inside)

    def described(self, values):
        """The ``Described`` map of ``values`` (x, y, z)."""
        return Described(self, values)

    def structure(self, values):
        """The ``Structure`` of a map ``values`` (x, y, z), where its ranks are not needed."""
        values = np.asarray(values)[self.box]
        return self.structure_of(values, values[self.inside])

    def structure_of(self, values, seen):
        """The ``Structure`` of ``values`` in the mask's box, of which ``seen`` are those in the mask."""
        if not _varies(seen):
            return Structure(None, None, None)
        scaled = self._scaled(values, seen)
        mean = self._local(scaled)
        return Structure(scaled, mean, self._local(scaled**2) - mean**2)

    def similarity(self, one, other, measures=MEASURES):
        """The ``measures`` of two ``Described`` maps: of ``{"spearman", "spearman_abs", "ssim", "hog"}`` some."""
        found = {
            "spearman": lambda: _correlation(one.ranks, other.ranks),
            "spearman_abs": lambda: _correlation(one.absolute_ranks, other.absolute_ranks),
            "ssim": lambda: self.ssim(one.structure, other.structure),
            HOG: lambda: _correlation(one.gradients, other.gradients),
        }
        return {measure: found[measure]() for measure in measures}

    def ssim(self, one, other):
        """Mean structural similarity over the mask (Wang et al. 2004), in cubes of ``window`` voxels.

        Each map is divided by the 99th percentile of its absolute value inside the mask, clipped to [-1, 1] so that
        neither scale nor single voxels count, and moved to [0, 2]: with means of both signs, SSIM would call a map and
        its negative alike. Means, variances and the covariance of a cube are those of its voxels in the mask.
        """
        if one.scaled is None or other.scaled is None:
            return np.nan
        covariance = self._local(one.scaled * other.scaled) - one.mean * other.mean
        alike = (2 * one.mean * other.mean + SMALL_MEAN) * (2 * covariance + SMALL_VARIANCE)
        alike /= (one.mean**2 + other.mean**2 + SMALL_MEAN) * (one.variance + other.variance + SMALL_VARIANCE)
        return float(alike[self.inside].mean(dtype=np.float64))

    def _scaled(self, values, seen):
        size = np.abs(seen)
        size = np.percentile(size, 99) or size.max()
        return np.where(self.inside, np.clip(values / size, -1, 1) + 1, 0).astype(np.float32)

    def _local(self, values):
        return self._filtered(values) / self.share

    def _filtered(self, values):
        return uniform_filter(values, self.window, mode="constant")


def _varies(values):
    return bool(len(values)) and bool(np.isfinite(values).all()) and bool(values.min() < values.max())


def _ranks(values):
    """Ranks, ties at their mean, with mean 0 and length 1; None for constant values."""
    if not _varies(values):
        return None
    ranks = _average_ranks(values)
    ranks -= ranks.mean()
    return ranks / np.sqrt(ranks @ ranks)


def _average_ranks(values):
    """Ranks from 1 on, float64, equal values at the mean of theirs; sorted faster than a stable sort would."""
    order, ordered = np.argsort(values), np.sort(values)
    in_order = np.arange(1.0, len(values) + 1)
    tied = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(tied):
        # runs of values that equal the next one
        breaks = np.flatnonzero(np.diff(tied) > 1)
        firsts, lasts = tied[np.append(0, breaks + 1)], tied[np.append(breaks, -1)] + 1
        means = (firsts + lasts) / 2 + 1
        in_order[tied], in_order[lasts] = np.repeat(means, lasts - firsts), means
    ranks = np.empty(len(values))
    ranks[order] = in_order
    return ranks


def _correlation(one, other):
    return np.nan if one is None or other is None else float(one @ other)
