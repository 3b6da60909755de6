"""Whom a network learned from who is most like a scan that it never saw, and whether anybody is."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

COLUMNS = ["scan", "subject", "label", "predicted", "rank", "neighbour", "neighbour_label", "distance", "unlike"]


def nearest_training(found, count=3):
    """One row for each held-out scan and each of its ``count`` nearest training scans in feature space.

    found: a SplitFeatures. Columns: scan, subject, label, predicted, rank (1 is nearest), neighbour,
    neighbour_label, distance (Euclidean, of features) and ``unlike``: the share of training scans that lie nearer to
    the nearest training scan of another group than this one does to its nearest, so above .95 the scan is unlike all
    that the network learned from. Of equal distances the first training scan comes first.
    """
    train, held_out = found.of("train"), found.of("test")
    if train.table.empty or held_out.table.empty:
        return pd.DataFrame(columns=COLUMNS)
    distances = cdist(held_out.features, train.features)
    order = np.argsort(distances, 1, kind="stable")[:, :count]
    usual = own_nearest(train)
    rows = []
    for place, scan in enumerate(held_out.table.to_dict("records")):
        unlike = float(np.mean(usual < distances[place].min())) if len(usual) else np.nan
        for rank, near in enumerate(order[place], 1):
            other = train.table.iloc[near]
            told = {column: scan[column] for column in COLUMNS[:4]}
            told |= {"rank": rank, "neighbour": other["scan"], "neighbour_label": other["label"]}
            rows.append(told | {"distance": float(distances[place, near]), "unlike": unlike})
    return pd.DataFrame(rows, columns=COLUMNS)


def own_nearest(found):
    """Distance of each row to the nearest of another group (subject, family); rows that have no such are left out."""
    distances, groups = cdist(found.features, found.features), found.table["group"].to_numpy()
    distances[groups[:, None] == groups] = np.inf
    nearest = distances.min(1, initial=np.inf)
    return nearest[np.isfinite(nearest)]


def neighbours_alike(neighbours):
    """Share of the neighbours of each rank whose label is the scan's own, and whose label is the one predicted.

    A data frame with rank, n, own_label and predicted_label.
    """
    marked = neighbours.assign(
        own_label=neighbours["neighbour_label"] == neighbours["label"],
        predicted_label=neighbours["neighbour_label"] == neighbours["predicted"],
    )
    shares = marked.groupby("rank")[["own_label", "predicted_label"]].mean()
    shares.insert(0, "n", marked.groupby("rank").size())
    return shares.reset_index()
