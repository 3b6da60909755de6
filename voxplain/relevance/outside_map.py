"""A group's map beside one from elsewhere, a meta-analysis or a morphometry, and what likeness smoothness alone makes.

Two smooth maps are alike by chance: neighbours say the same, so that voxels count for far fewer than they are. Every
measure is therefore held against surrogates of the group's map as smooth as itself, not against shuffled voxels.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.relevance.given_images import read_given
from voxplain.relevance.surrogate_maps import surrogates as surrogates_of
from voxplain.volumes.grids import regridded, smoothed
from voxplain.volumes.volume import Volume

SIGNED = ("pearson", "spearman")
SIZES = ("spearman_abs", "dice", "density")
MEASURES = SIGNED + SIZES
COLUMNS = ["measure", "value", "p", "null_mean", "null_low", "null_high", "surrogates", "voxels", "note"]
LEAST_COVERED = 0.5  # of the brain
MOST_REGION = 0.5  # of the brain, that a map is said to be about
TOP = 0.05


def outside_agreement(values, outside, mask, affine, *, threshold=None, surrogates=1000, seed=1):
    """How alike the maps ``values`` and ``outside`` (x, y, z) are inside ``mask``, a row for each of `MEASURES`.

    ``pearson`` and ``spearman`` are of the maps as they are, ``spearman_abs`` of their absolute values. ``dice`` is
    that of the region of ``outside``, its |values| of at least ``threshold``, with as many voxels of the strongest
    |values|; ``density`` is their mean inside that region over that in the mask. Without a threshold the region is
    what is not zero, where that is at most half of the mask, and else the strongest 5 %. Voxels where ``outside`` is
    NaN do not count.

    ``p`` is the share of surrogates, and the map itself, that are as alike: two-sided for the first two, else as large.
    The surrogates are of ``values``, or of its absolute values, see voxplain.relevance.surrogate_maps: their
    smoothness is one for the whole brain. InputError, in one line, for shapes that differ, an empty mask, a map that is
    constant, and a region that is empty or everything.
    """
    mask = np.asarray(mask) > 0
    for name, one in (("outside map", outside), ("mask", mask)):
        if one.shape != values.shape:
            raise InputError(f"{name}: shape {one.shape} but the group's map has {values.shape}; bring it to its grid")
    mask = mask & np.isfinite(outside)
    if not mask.any():
        raise InputError("mask: empty where the outside map has values; give maps of one space")
    theirs, spacing = _Theirs(np.asarray(outside, np.float64)[mask], threshold), np.linalg.norm(affine[:3, :3], axis=0)
    found, parts = {}, ((SIGNED, values), (SIZES, np.abs(values)))
    # without a sign the map and its absolute values are one, and so are their surrogates
    for measures, volume in parts if (values[mask] < 0).any() else ((MEASURES, values),):
        drawn = [theirs.alike(one, measures) for one in surrogates_of(volume, mask, spacing, surrogates, seed)]
        observed = theirs.alike(np.asarray(volume, np.float64)[mask], measures)
        for measure in measures:
            found[measure] = _row(observed[measure], np.array([one[measure] for one in drawn]), measure in SIGNED)
    told = {"surrogates": surrogates, "voxels": int(mask.sum()), "note": theirs.note}
    return pd.DataFrame([{"measure": measure} | row | told for measure, row in found.items()], columns=COLUMNS)


def outside_on_grid(path, shape, affine, mask):
    """The map in the NIfTI file ``path`` on the grid of ``shape`` and ``affine``, float32; NaN where it says nothing.

    That is outside of its field of view and where it is not finite. It must be in the template's space. InputError, in
    one line, for a file that is no map, and for one that covers less than half of the brain ``mask`` (x, y, z).
    """
    name, mask = shown(Path(path).name), np.asarray(mask) > 0
    data, own = _read(path, name)
    known = np.isfinite(data)
    there = regridded(Volume(known.astype(np.float32), own), shape, affine, 0).data > 0.5
    covered = float(there[mask].mean()) if mask.any() else 0.0
    if covered < LEAST_COVERED:
        raise InputError(f"{name}: covers {covered:.0%} of the brain; give a map in the template's space")
    volume = Volume(np.where(known, data, 0), own)
    spacing = np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)
    carried = regridded(smoothed(volume, spacing), shape, affine).data
    carried = np.where(there, carried, np.nan).astype(np.float32)
    inside = carried[mask & there]
    if inside.min() == inside.max():
        raise InputError(f"{name}: {inside.min():g} everywhere in the brain; give a map with values")
    return carried


def _read(path, name):
    hints = {"unread": "give a NIfTI file", "other": "convert it", "several": "give one map"}
    data, affine = read_given(path, name, **hints)
    return data.astype(np.float32), affine


class _Theirs:
    """The outside map, described once: standardised values and ranks, and the region it is about."""

    def __init__(self, values, threshold):
        if values.min() == values.max():
            raise InputError(f"outside map: {values.min():g} everywhere in the mask; give a map with values")
        size = np.abs(values)
        self.values, self.ranks, self.sizes = (_standard(one) for one in (values, rankdata(values), rankdata(size)))
        self.region, self.note = _region(size, threshold)
        self.count = int(self.region.sum())

    def alike(self, values, measures):
        found = {}
        for measure in measures:
            if measure == "pearson":
                found[measure] = float(self.values @ _standard(values))
            elif measure.startswith("spearman"):
                ours = self.sizes if measure == "spearman_abs" else self.ranks
                found[measure] = float(ours @ _standard(rankdata(values)))
            elif measure == "dice":
                strongest = np.argpartition(values, len(values) - self.count)[len(values) - self.count :]
                found[measure] = float(self.region[strongest].mean())
            else:
                found[measure] = float(values[self.region].mean() / values.mean())
        return found


def _region(size, threshold):
    if threshold is not None:
        region, note = size >= threshold, f"region: |value| of at least {threshold:g}"
    elif (size > 0).mean() <= MOST_REGION:
        region, note = size > 0, "region: what is not zero"
    else:
        region, note = size >= np.quantile(size, 1 - TOP), f"region: the strongest {TOP:.0%}"
    if not region.any() or region.all():
        what = "no voxel" if not region.any() else "every voxel"
        raise InputError(f"outside map: {what} of the mask is in its region ({note}); give another threshold")
    return region, note


def _standard(values):
    away = values - values.mean()
    return away / np.sqrt(away @ away)


def _row(value, drawn, two_sided):
    reached = np.abs(drawn) >= abs(value) - 1e-12 if two_sided else drawn >= value - 1e-12
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = (1 + reached.sum()) / (1 + len(drawn))
    return {"value": value, "p": p, "null_mean": drawn.mean(), "null_low": low, "null_high": high}
