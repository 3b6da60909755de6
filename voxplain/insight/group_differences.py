"""Measures of scans compared between groups: Welch's t for each map and measure, corrected for how many there are."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from voxplain.errors import InputError
from voxplain.insight.corrections import false_discoveries, holm
from voxplain.insight.effect_sizes import hedges_g

MOST_GROUPS = 10
# a standard deviation below this share of the values is rounding
ROUNDING = 1e-6
KEYS = ["network", "split", "seed", "layer", "map"]
COLUMNS = [*KEYS, "measure", "first", "second", "n_first", "n_second", "mean_first", "mean_second", "sd_first"]
COLUMNS += ["sd_second", "difference", "t", "df", "p", "p_holm", "q", "g", "g_low", "g_high", "reason"]


def compare_groups(table, groups, measures=("mean", "entropy")):
    """A row for each pair of ``groups``, map and measure of ``table``, and for each split and seed if there are some.

    table: rows with ``scan``, ``subject``, ``map`` and the measures; a subject's scans count as one by their mean.
    groups: ``{scan: group}``; scans that it lacks, or whose group is empty, are left out. t and its degrees of freedom
    are Welch's (1947), which does not take the groups as equally variable. ``p_holm`` and ``q`` (the false discovery
    rate) are corrected for all rows together, those of each ``network``, if there is such a column, by themselves.
    ``g`` is Hedges', the first group minus the second. A map that does not vary in either group is not tested, and
    ``reason`` says so.

    Raises InputError for fewer than two groups, and for amounts in place of groups.
    """
    table = table.assign(group=table["scan"].map(dict(groups)))
    table = table[table["group"].notna() & (table["group"].astype(str).str.strip() != "")]
    names = _names(table)
    keys = [key for key in KEYS if key in table]
    means = table.groupby([*keys, "group", "subject"], as_index=False, sort=True)[list(measures)].mean()
    rows = []
    for place, part in means.groupby(keys, sort=True):
        of_groups = dict(tuple(part.groupby("group")))
        for measure in measures:
            values = {name: of_groups[name][measure].to_numpy(float) if name in of_groups else [] for name in names}
            for first, second in combinations(names, 2):
                about = dict(zip(keys, place, strict=True)) | {"measure": measure, "first": first, "second": second}
                rows.append(about | _compared(np.asarray(values[first]), np.asarray(values[second])))
    found = pd.DataFrame(rows)
    by = found["network"] if "network" in found else np.zeros(len(found))
    corrected = found["p"].groupby(by)
    found["p_holm"], found["q"] = corrected.transform(holm), corrected.transform(false_discoveries)
    return found[[column for column in COLUMNS if column in found]]


def tally(differences, alpha=0.05):
    """How many maps of ``differences`` differ, a row for each network, split, seed, measure and pair of groups.

    Of ``maps`` those ``tested``, those with p below ``alpha`` ``uncorrected``, by ``holm`` and by ``fdr``; which group
    is higher in those by Holm (``first_higher``, ``second_higher``); and ``mean_g``, the mean of |g|.
    """
    keys = [key for key in ("network", "split", "seed", "layer", "measure", "first", "second") if key in differences]
    rows = []
    for place, part in differences.groupby(keys, sort=True):
        kept = part["p_holm"] < alpha
        counts = {"maps": len(part), "tested": part["p"].notna().sum(), "uncorrected": (part["p"] < alpha).sum()}
        counts |= {"holm": kept.sum(), "fdr": (part["q"] < alpha).sum()}
        counts |= {"first_higher": (kept & (part["t"] > 0)).sum(), "second_higher": (kept & (part["t"] < 0)).sum()}
        counts["mean_g"] = part["g"].abs().mean()
        rows.append(dict(zip(keys, place, strict=True)) | counts)
    return pd.DataFrame(rows)


def _names(table):
    names = sorted(table["group"].unique())
    if len(names) > MOST_GROUPS:
        raise InputError(
            f"groups: {len(names)} different values such as {names[0]!r}; these are amounts, give classes or another "
            f"column of at most {MOST_GROUPS} groups"
        )
    if len(names) < 2:
        found = f"all {table['scan'].nunique()} scans are {names[0]!r}" if names else "no scan has a group"
        raise InputError(f"groups: {found}; comparing takes two groups, give another column")
    return names


def _compared(first, second):
    row = {"n_first": len(first), "n_second": len(second)}
    for name, values in (("first", first), ("second", second)):
        row[f"mean_{name}"] = values.mean() if len(values) else np.nan
        row[f"sd_{name}"] = values.std(ddof=1) if len(values) > 1 else np.nan
    row["difference"] = row["mean_first"] - row["mean_second"]
    row |= dict.fromkeys(["t", "df", "p", "g", "g_low", "g_high"], np.nan)
    if reason := _untestable(first, second, row):
        return row | {"reason": reason}
    test = ttest_ind(first, second, equal_var=False)
    g, low, high = hedges_g(first, second)
    row |= {"t": test.statistic, "df": test.df, "p": test.pvalue, "g": g, "g_low": low, "g_high": high}
    return row | {"reason": ""}


def _untestable(first, second, row):
    if min(len(first), len(second)) < 2:
        return "fewer than two subjects in a group"
    largest = max(np.abs(first).max(), np.abs(second).max())
    if not np.isfinite(largest):
        return "a value is not finite"
    if max(row["sd_first"], row["sd_second"]) <= ROUNDING * largest:
        return "it does not vary between subjects"
    return ""
