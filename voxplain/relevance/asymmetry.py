"""Whether relevance lies on the left or on the right: an index for every pair of regions, with intervals."""

import numpy as np
import pandas as pd

from voxplain.relevance.bootstrap import ends, mean_over, resampled_means
from voxplain.relevance.regions import subject_profiles
from voxplain.volumes.hemispheres import side_pairs

COLUMNS = ["region", "left", "right", "asymmetry", "asymmetry_low", "asymmetry_high", "subjects"]


def asymmetry_indices(profiles):
    """Names of the pairs, and (left - right) / (left + right) of each in every map, (maps, pairs), from -1 to 1.

    Left and right are the mean absolute value of a voxel there, so that a pair of unequal sizes is no asymmetry. NaN
    where a map is zero on both sides or one side has no voxel.
    """
    pairs = side_pairs(dict(zip(profiles.index.tolist(), profiles.region, strict=True)))
    places = np.searchsorted(profiles.index, np.array([pair[1:] for pair in pairs], int).reshape(-1, 2))
    left, right = profiles.strength[:, places[:, 0]], profiles.strength[:, places[:, 1]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return [name for name, _, _ in pairs], np.where(left + right > 0, (left - right) / (left + right), np.nan)


def asymmetry(profiles, subjects, inside=None, *, resamples=500, seed=1):
    """Table of the pairs of regions, the most lopsided first: columns COLUMNS.

    ``asymmetry`` is the mean over subjects of `asymmetry_indices`, positive where the left has more, with its 95 %
    bootstrap interval over subjects; ``left`` and ``right`` are the mean absolute values of a voxel, over subjects. No
    rows without a subject or a pair; NaN for the interval of a single subject.
    """
    names, own = subject_profiles(profiles, subjects, inside)
    regions, indices = asymmetry_indices(own)
    if not names or not regions:
        return pd.DataFrame(columns=COLUMNS)
    strength = dict(zip(own.index.tolist(), mean_over(own.strength), strict=True))
    pairs = side_pairs(dict(zip(own.index.tolist(), own.region, strict=True)))
    table = pd.DataFrame({"region": regions, "asymmetry": mean_over(indices), "subjects": len(names)})
    table["left"], table["right"] = np.array([[strength[left], strength[right]] for _, left, right in pairs]).T
    low, high = ends(resampled_means(indices, resamples, seed), len(names))
    table["asymmetry_low"], table["asymmetry_high"] = low, high
    order = table["asymmetry"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return table.loc[order, COLUMNS].reset_index(drop=True)
