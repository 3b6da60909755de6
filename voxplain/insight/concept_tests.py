"""Whether a network follows a concept more than random ones: two-sided tests, corrected for their number."""

import numpy as np
import pandas as pd

from voxplain.insight.corrections import false_discoveries, holm

COLUMNS = ["concept", "layer", "target", "kind", "n", "splits", "effect", "alignment", "tcav", "tcav_p", "tested"]
COLUMNS += ["null_low", "null_high", "p", "holm", "q", "reading", "reading_p", "outcome"]


def concept_tests(drawn, level=0.05):
    """A row for each concept, layer and target: see COLUMNS; ``drawn`` are the first tables of `split_concepts`.

    Over held-out scans of all splits, ``effect``: mean change of the answer (log-odds, a logit, the amount) that goes
    along with a standard deviation of the concept through this layer, to first order. ``alignment``: mean cosine
    between gradient and concept. ``tcav``: share of scans whose answer grows with the concept. Which of the first two
    is ``tested`` follows from the kind of direction: of patterns the effect, else the alignment, since what a
    classifier's direction is off by is no smaller for a concept that the layer knows than for a random one.

    ``null_low`` to ``null_high`` holds 95 % of what is tested of the random concepts. ``p``: share of draws, the true
    one among them, that are as far from the mean of all; ``holm`` and ``q`` are that p corrected over all rows (Holm
    1979; Benjamini and Hochberg 1995). ``tcav_p`` is the same of the share, which a network that is linear behind the
    layer makes 0 or 1 for any concept. ``reading``: how well the layer tells the concept on held-out scans, a rank
    correlation, mean over splits, with a one-sided p.
    ``outcome``: follows, opposes (holm below ``level``, by the sign), not told apart, not known (the layer does not
    tell the concept on held-out scans, reading_p at ``level`` or above, whatever else is said of it), or undefined.
    """
    rows = []
    for named, table in drawn.groupby(["concept", "layer", "target", "kind"], sort=False):
        sums = table.groupby("draw")[["n", "positive", "alignments", "effects"]].sum().sort_index()
        counts = sums["n"].where(sums["n"] > 0)
        means = {one: (sums[f"{one}s"] / counts).to_numpy() for one in ("alignment", "effect")}
        share, reading = (sums["positive"] / counts).to_numpy(), table.groupby("draw")["reading"].mean().to_numpy()
        row = dict(zip(COLUMNS, named, strict=False)) | {"n": int(sums["n"].iloc[0])}
        row |= {"splits": len(table[["split", "seed"]].drop_duplicates())}
        row |= {one: values[0] for one, values in means.items()} | {"tcav": share[0], "tcav_p": far_p(share)}
        row["tested"] = "effect" if row["kind"] == "pattern" else "alignment"
        tested = means[row["tested"]]
        null = tested[1:][np.isfinite(tested[1:])]
        row["null_low"], row["null_high"] = np.quantile(null, [0.025, 0.975]) if len(null) else (np.nan, np.nan)
        rows.append(row | {"p": far_p(tested), "reading": reading[0], "reading_p": high_p(reading)})
    found = pd.DataFrame(rows, columns=COLUMNS)
    found["holm"], found["q"] = holm(found["p"]), false_discoveries(found["p"])
    sign = np.where(found["alignment"].astype(float) > 0, "follows", "opposes")
    found["outcome"] = np.where(found["holm"] < level, sign, "not told apart")
    found.loc[~(found["reading_p"] < level), "outcome"] = "not known"
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
