"""How much relevance each map holds, and which share of it in each part of the head."""

import numpy as np
import pandas as pd

from voxplain.relevance.shares import share_of, voxel_share

AMOUNT, SHARE, VOXELS = "amount", "share_", "voxels_"


def map_amounts(sources, parts):
    """A data frame with a row a map of ``sources``: subject, label, its amount, and share and voxels of every part.

    ``sources`` are what ``read_maps`` returns, ``parts`` the `HeadParts` of a store with all their scans. The
    ``amount`` is the mean |relevance| of a voxel that the network is shown, over the mean of its source: networks
    differ in how steep they are. ``share_<part>`` and ``voxels_<part>`` are shares of the relevance and of the voxels.
    """
    places = {scan: place for place, scan in enumerate(parts.volumes.scans)}
    tables = []
    for source in sources:
        rows = []
        for number, scan in enumerate(source.scan):
            values, place = np.asarray(source.maps[number]), places[scan]
            whole = parts.whole(place)
            row = {"subject": source.subject[number], "label": float(source.label[number]), "scan": scan}
            row[AMOUNT] = float(np.abs(values[whole], dtype=np.float64).mean()) if whole.any() else np.nan
            for name, (part, where) in parts.of(place).items():
                row |= {f"{SHARE}{name}": share_of(values, part, where), f"{VOXELS}{name}": voxel_share(part, where)}
            rows.append(row)
        table = pd.DataFrame(rows)
        if len(table):
            mean = table.loc[np.isfinite(table[AMOUNT]), AMOUNT].mean()
            tables.append(table.assign(amount=table[AMOUNT] / mean if mean > 0 else np.nan))
    return (
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["subject", "label", "scan", AMOUNT])
    )


def by_subject(rows):
    """One row for each subject and label of ``rows``, the mean of all numbers, and the first of its scans."""
    if rows.empty:
        return rows
    grouped = rows.sort_values("scan").groupby(["subject", "label"], as_index=False)
    return grouped.agg(
        {name: "first" if name == "scan" else "mean" for name in rows if name not in ("subject", "label")}
    )
