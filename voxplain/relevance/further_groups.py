"""Groups of maps beyond classes and answers: by columns of the table of scans, and by split."""

import pandas as pd

from voxplain.errors import InputError
from voxplain.relevance.columns import column_groups
from voxplain.relevance.groups import GROUP
from voxplain.relevance.map_rows import map_rows, split_groups

SPLIT = "split"
# A column may be called so and mean something of its own, but its cells are text wherever they are no numbers
UNKNOWN = ["", "nan", "NaN"]


def read_scans(path):
    """The table of all scans; a subject called NA is one."""
    names = {"scan": str, "subject": str}
    return pd.read_csv(path, sep="\t", dtype=names, keep_default_na=False, na_values=UNKNOWN)


def further_groups(sources, scans, by):
    """``{group: bool (maps,)}`` as ``relevance.by`` asks, and ``{group: sentence}`` on what has no value.

    ``scans`` is the path of the table of all scans; without it only ``split`` can be asked for. Maps are in the order
    of `map_rows`. Raises InputError for a column that cannot serve.
    """
    rows, columns = map_rows(sources), {column: limits for column, limits in by.items() if column != SPLIT}
    if columns and not scans:
        raise InputError(
            f"relevance.by: {', '.join(columns)} without a table of scans; give it, or ask for split alone"
        )
    named, notes = column_groups(read_scans(scans), columns) if columns else ({}, {})
    # a column called class with the values 0 and 1 has no say in what class1 is
    names = {group: f"column{group}" if GROUP.fullmatch(group) else group for group in named}
    found = {names[group]: rows["scan"].isin(held).to_numpy() for group, held in named.items()}
    notes = {names[group]: note for group, note in notes.items()}
    return found | (split_groups(rows) if SPLIT in by else {}), notes
