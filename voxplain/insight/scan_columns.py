"""Columns of the table of scans that pictures of features are coloured by and that probes are asked to tell."""

import pandas as pd

from voxplain.errors import InputError

FOLD = "fold"


def scan_columns(scans, labels, wanted=None, carried=()):
    """A data frame, its index the scan: what is told of each, by the name of its label, and the columns beside it.

    scans: the table of all scans; labels: ``{label: names of its classes by number}``, no names for an amount; wanted:
    names of columns, None for those of ``carried`` and the site that are there and differ between scans. Cells that are
    empty are missing.
    Raises InputError for a column of ``wanted`` that the table has not.
    """
    table = scans.set_index("scan")
    missing = [name for name in wanted or () if name not in table]
    if missing:
        raise InputError(
            f"insight.embeddings.columns: no column {missing[0]} among the scans; name one of cohort.covariates"
        )
    told = {label: table[f"label_{label}"] for label in labels}
    for label, names in labels.items():
        if names:
            told[label] = told[label].map(dict(enumerate(names)))
    beside = [one for one in dict.fromkeys([*carried, "site"]) if one in table and table[one].nunique() > 1]
    beside = beside if wanted is None else wanted
    return pd.DataFrame(told | {one: table[one] for one in beside if one not in told})


def with_folds(columns, folds):
    """``columns`` and a last one, ``fold``: the split of the first repeat of a Folds that holds each scan out."""
    held_out = folds.table[(folds.table["role"] == "test") & folds.table["split"].str.startswith("r1f")]
    return columns.assign(**{FOLD: held_out.set_index("scan")["split"].reindex(columns.index)})
