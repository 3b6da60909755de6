"""How features go along with a column, such as the sex: over all subjects, to look at and not to choose by."""

import numpy as np
import pandas as pd
from scipy.stats import f_oneway, false_discovery_control, pearsonr, spearmanr

from voxplain.cohort.tables.ranges import number

COLUMNS = ["feature", "column", "kind", "r", "p", "q", "n"]


def correlation_table(features, cells, column):
    """Each number among ``features`` against ``cells``, both by scan, one scan a subject; the strongest first.

    ``kind`` is point_biserial of a column with two values (the second by name is the higher), spearman of one of
    numbers, and correlation_ratio, the root of the share of variance between its values, of another (p of a one-way
    analysis of variance). ``q`` is p corrected for all features (Benjamini and Hochberg 1995). A feature that does not
    vary, or is known of fewer than three, has none of these.
    """
    cells = cells.astype(object).where(cells.notna() & (cells.astype(str).str.strip() != ""), None).dropna().astype(str)
    rows = []
    for feature, values in features.items():
        if values.dtype.kind != "f":
            continue
        held = values.dropna()
        held = held[held.index.isin(cells.index)]
        rows.append((feature, column, *_correlation(held.to_numpy(), cells.loc[held.index]), len(held)))
    table = pd.DataFrame(rows, columns=[one for one in COLUMNS if one != "q"])
    table["q"] = np.nan
    told = table["p"].notna()
    if told.any():
        table.loc[told, "q"] = false_discovery_control(table.loc[told, "p"].to_numpy(float))
    order = table["r"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order, COLUMNS].reset_index(drop=True)


def _correlation(values, cells):
    names = sorted(set(cells))
    numbers = [number(cell) for cell in cells]
    if len(values) < 3 or len(names) < 2 or np.ptp(values) == 0:
        return "", np.nan, np.nan
    if len(names) == 2:
        found = pearsonr(values, cells == names[1])
        return "point_biserial", float(found.statistic), float(found.pvalue)
    if all(one is not None for one in numbers):
        found = spearmanr(values, numbers)
        return "spearman", float(found.statistic), float(found.pvalue)
    groups = [values[(cells == name).to_numpy()] for name in names]
    between = sum(len(group) * (group.mean() - values.mean()) ** 2 for group in groups)
    whole = ((values - values.mean()) ** 2).sum()
    p = f_oneway(*groups).pvalue if len(values) > len(groups) else np.nan
    return "correlation_ratio", float(np.sqrt(between / whole)), float(p)
