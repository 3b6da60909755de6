"""How much of each scan's relevance lies outside its own brain, beside the share of voxels that lie there."""

import numpy as np
import pandas as pd

from voxplain.relevance.shares import mean_with_interval, share_of, voxel_share

COLUMNS = ["scan", "subject", "split", "seed", "share", "voxels"]


def outside_share(values, brain, seen=None):
    """Share of the absolute relevance of ``values`` (x, y, z) outside ``brain``, and the share of voxels there.

    Of the voxels ``seen`` (x, y, z) alone, those that the network sees; see `share_of`.
    """
    seen = np.ones(values.shape, bool) if seen is None else seen
    outside = ~(np.asarray(brain) > 0)
    return share_of(values, outside, seen), voxel_share(outside, seen)


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
    voxels = float(means["voxels"].mean())
    share, low, high = mean_with_interval(means["share"], resamples, seed)
    there = 0 < voxels < 1 and share < 1
    ratio = (share / voxels) / ((1 - share) / (1 - voxels)) if there else np.nan
    return {"share": share, "low": low, "high": high, "voxels": voxels, "ratio": ratio} | told
