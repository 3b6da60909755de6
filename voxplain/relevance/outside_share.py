"""How much of each scan's relevance lies outside its own brain, beside the share of voxels that lie there."""

import numpy as np
import pandas as pd

from voxplain.relevance.bootstrap import ends, mean_over, resampled_means

COLUMNS = ["scan", "subject", "split", "seed", "share", "voxels"]


def outside_share(values, brain, seen=None):
    """Share of the absolute relevance of ``values`` (x, y, z) outside ``brain``, and the share of voxels there.

    Of the voxels ``seen`` (x, y, z) alone, those that the network sees. The first is nan for a map that is not finite
    or constant: such a map says nothing of places.
    """
    seen = np.ones(values.shape, bool) if seen is None else seen
    relevance, outside = np.abs(np.asarray(values, np.float64)[seen]), ~(np.asarray(brain)[seen] > 0)
    constant = not np.isfinite(relevance).all() or np.ptp(np.asarray(values)[seen]) == 0
    share = np.nan if constant else float(relevance[outside].sum() / relevance.sum())
    return share, float(outside.mean())


def outside_rows(sources, volumes, seen=None):
    """A row of COLUMNS for each map of ``sources``, as `read_maps` gives them; ``volumes`` hold the scans' brains."""
    place_of = {scan: place for place, scan in enumerate(volumes.scans)}
    rows = []
    for source in sources:
        for place, scan in enumerate(source.scan):
            brain = volumes.mask(place_of[scan]).numpy()
            found = outside_share(source.maps[place], brain, seen)
            named = scan, source.subject[place], source.about.get("split"), source.about.get("seed")
            rows.append([*named, *found])
    return pd.DataFrame(rows, columns=COLUMNS)


def outside_of_subjects(rows, resamples, seed):
    """Mean ``share`` over subjects, each by the mean of its maps, with its interval; ``voxels``, ``ratio``, ``n``.

    ``ratio`` is the mean relevance of a voxel outside over that of one inside. Undefined maps are left out, and
    ``undefined`` counts them.
    """
    known = rows.dropna(subset=["share"])
    means = known.groupby("subject")[["share", "voxels"]].mean()
    told = {"n": len(means), "undefined": len(rows) - len(known)}
    if means.empty:
        return dict.fromkeys(("share", "low", "high", "voxels", "ratio"), np.nan) | told
    values = means.to_numpy(float)
    share, voxels = (float(one) for one in mean_over(values))
    low, high = (float(end[0]) for end in ends(resampled_means(values[:, :1], resamples, seed), len(means)))
    there = 0 < voxels < 1 and share < 1
    ratio = (share / voxels) / ((1 - share) / (1 - voxels)) if there else np.nan
    return {"share": share, "low": low, "high": high, "voxels": voxels, "ratio": ratio} | told
