"""Experiments side by side: a row an experiment with its scores, and a row for each of its methods with its places."""

import pandas as pd

PARTS = ("training", "held_out")
ENDS = {"value": "", "sd": "_sd", "low": "_low", "high": "_high"}
OF_NETWORKS = ("accuracy", "balanced_accuracy", "roc_auc", "r2", "mae")
SIZES = ("size_correlation", "native_size_correlation")
OF_METHODS = ("outside_share", "outside_voxels", "outside_ratio", "localisation_auc")


def experiments_table(tables):
    """One row an experiment of ``tables``, ``{experiment: what `described` gives}``, in their order.

    Columns: experiment, n, ``training_<measure>`` and ``held_out_<measure>`` with ``_sd`` over splits, the latter with
    ``_low`` and ``_high`` too, ``size_correlation`` and ``native_size_correlation`` with theirs.
    """
    wanted = [*((part, measure) for measure in OF_NETWORKS for part in PARTS), *(("held_out", one) for one in SIZES)]
    rows = []
    for name, table in tables.items():
        row = {"experiment": name, "n": _cell(table, "", "held_out", SIZES[0], "n")}
        for part, measure in wanted:
            called = measure if measure in SIZES else f"{part}_{measure}"
            row |= _cells(table, "", part, measure, called)
        rows.append(row)
    return pd.DataFrame(rows)


def methods_table(tables):
    """One row for each method of each experiment: relevance outside the brain, and the regional effect found again."""
    rows = []
    for name, table in tables.items():
        for method in table.loc[table["method"] != "", "method"].unique():
            row = {"experiment": name, "method": method, "n": _cell(table, method, "held_out", "outside_share", "n")}
            for measure in OF_METHODS:
                row |= _cells(table, method, "held_out", measure, measure)
            rows.append(row)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["experiment", "method", "n", *OF_METHODS])


def _cells(table, method, part, measure, called):
    """The numbers of one row of a described table that are there, by the names of their columns."""
    row = _row(table, method, part, measure)
    if row is None:
        return {}
    return {f"{called}{end}": row[column] for column, end in ENDS.items() if not end or pd.notna(row[column])}


def _cell(table, method, part, measure, column):
    row = _row(table, method, part, measure)
    return None if row is None else row[column]


def _row(table, method, part, measure):
    rows = table[(table["method"] == method) & (table["part"] == part) & (table["measure"] == measure)]
    return rows.iloc[0] if len(rows) else None
