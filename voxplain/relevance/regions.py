"""How much of a map lies in every region of an atlas, for one map after another, in memory that does not grow.

Shares are of the absolute sum: in a signed map evidence for and against a class would cancel. Where a map has no sign,
a share is the sum over the region divided by the sum over all regions.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.errors import InputError


@dataclass(frozen=True, eq=False)
class Profiles:
    """Sums of maps over regions: ``sums`` signed and ``sizes`` absolute, (maps, regions) float64.

    ``index`` and ``region`` name the regions, ``voxels`` says how many of each count. A region without a voxel has no
    share, density or enrichment (NaN); so has every region of a map that is zero in all of them, or not finite.
    """

    index: np.ndarray
    region: list
    voxels: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray

    @property
    def share(self):
        """Part of each map's absolute sum over all regions that lies in the region; (maps, regions), rows sum to 1."""
        return _divided(np.where(self.voxels > 0, self.sizes, np.nan), np.nansum(self.sizes, axis=1, keepdims=True))

    @property
    def density(self):
        """Mean value of a voxel of the region, signed, (maps, regions)."""
        return _divided(self.sums, self.voxels)

    @property
    def strength(self):
        """Mean absolute value of a voxel of the region, (maps, regions)."""
        return _divided(self.sizes, self.voxels)

    @property
    def enrichment(self):
        """Share over the region's share of the voxels: 1 where it has as much as its size alone would say."""
        return _divided(self.share, self.voxels / self.voxels.sum())

    def __len__(self):
        return len(self.sums)

    def of(self, rows):
        """The profiles of some of the maps: ``rows`` is a mask or a list of places."""
        return replace(self, sums=self.sums[rows], sizes=self.sizes[rows])


class RegionSums:
    """Adds maps up over the regions of ``atlas``; what depends on the atlas alone is done once.

    ``mask`` (x, y, z) says which voxels count, such as the brain as far as a network sees it; all by default. Raises
    InputError where its shape is another, it is empty, or no region has a voxel in it.
    """

    def __init__(self, atlas, mask=None):
        self.shape = atlas.labels.shape
        self.index = np.array(sorted(atlas.names), np.int64)
        self.region = [atlas.names[index] for index in self.index.tolist()]
        inside = self._checked(atlas.labels > 0, mask)
        self._at = np.flatnonzero(inside)
        self._codes = np.searchsorted(self.index, atlas.labels.ravel()[self._at])
        self.voxels = np.bincount(self._codes, minlength=len(self.index))

    def __call__(self, values):
        """Signed and absolute sums of a map (x, y, z) over the regions, both (regions,) float64."""
        if np.shape(values) != self.shape:
            raise InputError(f"atlas: shape {self.shape} but a map has {np.shape(values)}; bring it to the maps' grid")
        found = np.asarray(values).ravel()[self._at]
        return tuple(np.bincount(self._codes, one, len(self.index)) for one in (found, np.abs(found)))

    def _checked(self, labelled, mask):
        mask = np.ones(self.shape, bool) if mask is None else np.asarray(mask) > 0
        if mask.shape != self.shape:
            raise InputError(f"atlas: shape {self.shape} but the mask has {mask.shape}; bring it to the mask's grid")
        if not mask.any():
            raise InputError("regions: the mask is empty; give the brain mask of the maps' space")
        if not (labelled & mask).any():
            raise InputError("atlas: no region has a voxel in the mask; give an atlas in the maps' space")
        return labelled & mask


def region_profiles(maps, atlas, mask=None, scales=None):
    """The `Profiles` of an iterable of maps (x, y, z), read one at a time; ``atlas`` and ``mask`` as in `RegionSums`.

    ``scales`` holds one divisor for each map, such as the norm that the maps of its split have; none by default. A map
    that is not finite in a region has NaN throughout.
    """
    add_up = RegionSums(atlas, mask)
    found = [add_up(values) for values in maps]
    both = np.array(found, float).reshape(len(found), 2, len(add_up.index))
    both[~np.isfinite(both).all(axis=(1, 2))] = np.nan
    if scales is not None:
        both /= np.asarray(scales, float).reshape(len(found), 1, 1)
    return Profiles(add_up.index, add_up.region, add_up.voxels, both[:, 0], both[:, 1])


def subject_profiles(profiles, subjects, inside=None):
    """Subjects in order of their names, and `Profiles` with one row each: the mean over the subject's maps.

    ``subjects`` names that of each map and ``inside`` (maps,) bool those that count, all by default. Maps that are not
    finite are left out, and with them subjects that have no other.
    """
    subjects = np.asarray(subjects)
    counted = np.isfinite(profiles.sizes).all(axis=1)
    if inside is not None:
        counted &= np.asarray(inside, bool)
    names, rows = np.unique(subjects[counted], return_inverse=True)
    means = np.zeros((len(names), len(rows)))
    means[rows, np.arange(len(rows))] = 1
    means /= np.maximum(means.sum(axis=1, keepdims=True), 1)
    chosen = profiles.of(counted)
    return names.tolist(), replace(profiles, sums=means @ chosen.sums, sizes=means @ chosen.sizes)


def subject_regions(profiles, subjects):
    """One row for each subject and region: subject, index, region, voxels, share, density, enrichment and rank.

    Rank 1 has the largest share; equal shares have the mean of their ranks.
    """
    names, own = subject_profiles(profiles, subjects)
    columns = {"share": own.share, "density": own.density, "enrichment": own.enrichment, "rank": ranks(own.share)}
    table = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    table.insert(0, "subject", np.repeat(np.array(names, object), len(own.index)))
    for place, (name, values) in enumerate({"index": own.index, "region": own.region, "voxels": own.voxels}.items(), 1):
        table.insert(place, name, np.tile(np.array(values), len(names)))
    return table


def ranks(values):
    """Ranks along the last axis, 1 for the largest, ties at their mean; NaN for what is NaN."""
    return rankdata(-np.asarray(values, float), axis=-1, nan_policy="omit")


def _divided(one, other):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isfinite(other) & (other != 0), one / other, np.nan)
