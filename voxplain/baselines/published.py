"""Published figures beside a study's own, with the difference, in one table."""

import numpy as np
import pandas as pd

FIGURE = ("what", "experiment", "model", "part", "measure")
OWN = ("value", "sd", "low", "high", "n")
COLUMNS = [
    *FIGURE,
    *("published", "published_sd", "published_low", "published_high", "published_n"),
    *(f"own_{name}" for name in OWN),
    *("difference", "difference_low", "difference_high", "published_inside"),
    *("comparable", "because", "source", "recalled", "note"),
]
UNKNOWN = ["", "nan", "NaN", "undefined"]


def published_table(figures, places, tables):
    """A row of COLUMNS for each of ``figures``, complete entries of the setting ``published``, in their order.

    places: for each figure where the study's own stands, ``{table, row, columns}`` of `settings.published.own_places`,
    or None. tables: the path of each table. ``difference`` is the study's own figure minus the published one, and its
    ends are those of the study's own interval minus it: what was published is taken as it stands. ``published_inside``
    says whether it lies in that interval. A figure that the study has not has a ``note`` that says why.
    """
    read = {name: pd.read_csv(path, sep="\t", keep_default_na=False, dtype=str) for name, path in tables.items()}
    rows = [_row(figure, *_own(place, read)) for figure, place in zip(figures, places, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(figure, own, note):
    published, interval = float(figure["value"]), figure["interval"] or (np.nan, np.nan)
    row = {name: figure[name] for name in FIGURE} | {f"own_{name}": own[name] for name in OWN}
    row |= {"published": published, "published_sd": figure["sd"], "published_n": figure["n"]}
    row |= {"published_low": interval[0], "published_high": interval[1]}
    row |= {"difference": own["value"] - published}
    row |= {f"difference_{end}": own[end] - published for end in ("low", "high")}
    if np.isfinite(own["low"]) and np.isfinite(own["high"]):
        row["published_inside"] = "yes" if own["low"] <= published <= own["high"] else "no"
    said = {name: "yes" if figure[name] else "no" for name in ("comparable", "recalled")}
    return row | said | {"because": figure["because"], "source": figure["source"], "note": note}


def _own(place, tables):
    """The study's own figure, and why there is none."""
    own = dict.fromkeys(OWN, np.nan)
    if place is None:
        return own, "this study has no figure to put beside it"
    table = tables[place["table"]]
    known = set(place["row"]) <= set(table)
    rows = table[table[list(place["row"])].eq(place["row"]).all(axis=1)] if known else table[:0]
    if rows.empty:
        wanted = ", ".join(f"{column} {cell}" for column, cell in place["row"].items())
        return own, f"{place['table']} has no row of {wanted}"
    row = rows.iloc[0]
    named = {name: column for name, column in place["columns"].items() if column in row}
    own |= {name: np.nan if row[column] in UNKNOWN else float(row[column]) for name, column in named.items()}
    if not np.isfinite(own["value"]):
        return own, f"{place['table']} has it undefined"
    return own, ""
