"""Regions of an atlas in the order of their relevance to a group of subjects, with intervals over subjects."""

import numpy as np
import pandas as pd

from voxplain.relevance.bootstrap import ends, mean_over, resampled_means
from voxplain.relevance.regions import ranks, subject_profiles

MEASURES = ("share", "density", "enrichment")
RANKED = [
    *("index", "region", "voxels", "subjects"),
    *(f"{name}{end}" for name in (*MEASURES, "rank") for end in ("", "_low", "_high")),
]
GAINS = ["index", "region", "voxels", "gain", "gain_low", "gain_high", "subjects", "reference_subjects"]


def rank_regions(profiles, subjects, inside=None, *, resamples=500, seed=1):
    """Table of the regions, first the one with the largest share of relevance: columns RANKED.

    ``profiles`` are of maps, ``subjects`` names the subject of each and ``inside`` says which maps are of the group;
    every subject counts once. ``share``: mean over subjects of the part of a map's absolute sum that lies in the
    region. ``density``: mean signed value of a voxel. ``enrichment``: share over the region's share of the volume.
    Each with its 95 % bootstrap interval over subjects, as has the rank. A group without a subject has no rows; one of
    a single subject has NaN for intervals, and regions without a voxel have NaN throughout and come last.
    """
    names, own = subject_profiles(profiles, subjects, inside)
    if not names:
        return pd.DataFrame(columns=RANKED)
    table = pd.DataFrame({"index": own.index, "region": own.region, "voxels": own.voxels, "subjects": len(names)})
    for name in MEASURES:
        # one seed: every measure sees the same resamples
        values = getattr(own, name)
        drawn = resampled_means(values, resamples, seed)
        table[name] = mean_over(values)
        table[f"{name}_low"], table[f"{name}_high"] = ends(drawn, len(names))
        if name == "share":
            placed = ranks(drawn)
    table["rank"] = ranks(table["share"])
    table["rank_low"], table["rank_high"] = ends(placed, len(names))
    return table.sort_values(["rank", "index"], kind="stable", na_position="last", ignore_index=True)[RANKED]


def region_gains(profiles, subjects, inside, reference, *, resamples=500, seed=1):
    """How many times as strong maps are in a region in one group as in another (Böhle et al. 2019): columns GAINS.

    The mean absolute value of a voxel of the region, averaged over the subjects of ``inside``, divided by the same of
    ``reference`` (maps,) bool; the size of the region cancels. Both groups are resampled for the 95 % interval. First
    the largest gain. No rows where one group is empty, NaN for the interval where one has a single subject.
    """
    (of, own), (against, other) = (subject_profiles(profiles, subjects, one) for one in (inside, reference))
    if not of or not against:
        return pd.DataFrame(columns=GAINS)
    drawn = [resampled_means(one.strength, resamples, [seed, place]) for place, one in enumerate((own, other))]
    low, high = ends(_ratio(*drawn), min(len(of), len(against)))
    table = pd.DataFrame({"index": own.index, "region": own.region, "voxels": own.voxels})
    table["gain"] = _ratio(mean_over(own.strength), mean_over(other.strength))
    table["gain_low"], table["gain_high"] = low, high
    table["subjects"], table["reference_subjects"] = len(of), len(against)
    return table.sort_values(["gain", "index"], ascending=[False, True], na_position="last", ignore_index=True)[GAINS]


def _ratio(one, other):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(other > 0, one / other, np.nan)
