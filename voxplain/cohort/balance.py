"""How alike the parts of each split are: sizes, sites and covariates by role and class."""

import numpy as np
import pandas as pd

from voxplain.cohort.dealing.columns import cell
from voxplain.cohort.tables.ranges import number

FEW = 5  # A column of numbers with more values than these is compared by its mean, else by the share of each value.
COLUMNS = ["split", "role", "class", "variable", "level", "scans", "groups", "n", "mean", "sd", "share", "difference"]


def balance_table(folds, scans, columns, regression=False):
    """A row for each split, role, class, variable and, where it is no number, level.

    ``folds`` is the table of folds, ``scans`` that of the used scans, both as text; ``columns`` are those of the latter
    to compare besides site and brain volume. ``class`` is ``all`` where classes are taken together, and of a regression
    always. ``scans`` and ``groups`` count who is there, ``n`` who is known; ``share`` is that of a level among them.
    ``difference`` is standardised by the two's common standard deviation (Austin 2009): of a class, to the first class
    in the same role; of ``all``, to the training part of the split.
    """
    known = _variables(scans, columns)
    # Of a split's rows the values are looked up by the scan's name, as a split has a row a scan.
    values = known.set_index(scans["scan"])
    if regression:
        values = values.assign(label=pd.to_numeric(scans["label"], errors="coerce").to_numpy())
    rows = []
    for split, inside in folds.groupby("split", sort=False):
        parts = {(role, "all"): part for role, part in inside.groupby("role", sort=False)}
        if not regression:
            parts |= {(role, one): part for (role, one), part in inside.groupby(["role", "label"])}
        first = min((one for _, one in parts if one != "all"), default=None)
        for (role, one), part in parts.items():
            against = parts.get(("train", "all") if one == "all" else (role, first))
            counts = {"scans": len(part), "groups": part["group"].nunique()}
            for about in _compared(values, part, against):
                rows.append({"split": split, "role": role, "class": one, **counts, **about})
    return pd.DataFrame(rows, columns=COLUMNS)


def standardised(mean, other, variance, other_variance):
    """The difference of two means in units of their common standard deviation; NaN where that is 0 and they differ."""
    common = np.sqrt((variance + other_variance) / 2)
    if not common > 0:
        return 0.0 if mean == other else np.nan
    return (mean - other) / common


def _variables(scans, columns):
    cells = {name.removesuffix("_text"): scans[name] for name in scans}
    wanted = ["site", *columns, *(name for name in scans if name.startswith("brain_volume"))]
    found = {column: cell(cells, column) for column in dict.fromkeys(wanted)}
    found = {column: one.astype(str).str.strip() for column, one in found.items() if len(one)}
    return pd.DataFrame({column: _typed(one) for column, one in found.items() if (one != "").any()})


def _typed(texts):
    numbers = texts.map(lambda text: np.nan if (value := number(text)) is None else value).astype(float)
    whole = numbers.notna().sum() == (texts != "").sum()
    return numbers if whole and numbers.nunique() > FEW else texts.where(texts != "")


def _compared(values, part, against):
    for variable in values:
        column = values[variable]
        here = column.reindex(part["scan"]).dropna()
        there = column.reindex(against["scan"]).dropna() if against is not None else here.iloc[:0]
        if pd.api.types.is_float_dtype(column):
            mean, sd = here.mean(), here.std(ddof=1)
            difference = standardised(mean, there.mean(), here.var(ddof=1), there.var(ddof=1))
            yield {"variable": variable, "level": "", "n": len(here), "mean": mean, "sd": sd, "difference": difference}
            continue
        for level in sorted(column.dropna().unique()):
            share, other = ((one == level).mean() if len(one) else np.nan for one in (here, there))
            difference = standardised(share, other, share * (1 - share), other * (1 - other))
            told = {"variable": variable, "level": level, "n": len(here), "share": share, "difference": difference}
            yield told
