"""Whether a network follows a concept more than random ones: two-sided tests, corrected for their number."""

import numpy as np
import pandas as pd

from voxplain.insight.corrections import false_discoveries, holm

COLUMNS = ["concept", "layer", "target", "n", "splits", "tcav", "tcav_p", "alignment", "null_low", "null_high", "p"]
COLUMNS += ["holm", "q", "reading", "reading_p", "outcome"]


def concept_tests(drawn, level=0.05):
    """A row for each concept, layer and target: see COLUMNS; ``drawn`` are the first tables of `split_concepts`.

    ``tcav``: share of held-out scans of all splits whose answer grows with the concept. ``alignment``: mean cosine
    between gradient and concept, -1 to 1; ``null_low`` to ``null_high`` holds 95 % of the random concepts' own. ``p``:
    share of draws, the true one among them, that are as far from the mean of all; ``holm`` and ``q`` are that p
    corrected over all rows (Holm 1979; Benjamini and Hochberg 1995), ``tcav_p`` the same of the share, which a network
    that is linear behind the layer makes 0 or 1 for any concept. ``reading``: how well the layer tells the concept on
    held-out scans, a rank correlation, mean over splits, with a one-sided p.
    ``outcome``: follows, opposes (holm below ``level``, by the sign of the alignment), not told apart, or undefined.
    """
    rows = []
    for (concept, layer, target), table in drawn.groupby(["concept", "layer", "target"], sort=False):
        sums = table.groupby("draw")[["n", "positive", "total"]].sum().sort_index()
        counts = sums["n"].where(sums["n"] > 0)
        share, alignment = (sums["positive"] / counts).to_numpy(), (sums["total"] / counts).to_numpy()
        reading = table.groupby("draw")["reading"].mean().sort_index().to_numpy()
        null = alignment[1:][np.isfinite(alignment[1:])]
        low, high = np.quantile(null, [0.025, 0.975]) if len(null) else (np.nan, np.nan)
        row = {"concept": concept, "layer": layer, "target": target, "n": int(sums["n"].iloc[0])}
        row |= {"splits": len(table[["split", "seed"]].drop_duplicates())}
        row |= {"tcav": share[0], "tcav_p": far_p(share), "alignment": alignment[0], "null_low": low, "null_high": high}
        row |= {"p": far_p(alignment), "reading": reading[0], "reading_p": high_p(reading)}
        rows.append(row)
    found = pd.DataFrame(rows, columns=COLUMNS)
    found["holm"], found["q"] = holm(found["p"]), false_discoveries(found["p"])
    sign = np.where(found["alignment"].astype(float) > 0, "follows", "opposes")
    found["outcome"] = np.where(found["holm"].astype(float) < level, sign, "not told apart")
    found.loc[found["p"].isna(), "outcome"] = "undefined"
    return found


def far_p(values):
    """Share of ``values``, of which the first is the true one and the others are drawn, as far from their mean as it.

    The mean is that of all, the true one too, so that under chance every place is as likely: p is never 0. nan where
    the true one is not defined or nothing was drawn.
    """
    values = np.asarray(values, float)
    if len(values) < 2 or not np.isfinite(values[0]):
        return np.nan
    known = values[np.isfinite(values)]
    away = np.abs(known - known.mean())
    return float((away >= away[0] - 1e-9 * (1 + away[0])).mean())


def high_p(values):
    """Share of ``values``, of which the first is the true one, that are at least as high; nan as for `far_p`."""
    values = np.asarray(values, float)
    if len(values) < 2 or not np.isfinite(values[0]):
        return np.nan
    known = values[np.isfinite(values)]
    return float((known >= values[0] - 1e-9).mean())
