"""Scans to be dealt into folds, out of the table of the used scans."""

import pandas as pd

from voxplain.cohort.dealing.columns import cell

USES = "train", "judge"


def rows_of_table(path, label, columns, kind=int):
    """The scans of the file ``path`` (see voxplain.cohort.joined) that have a value in ``label``, a data frame of text.

    ``columns`` are those that folds go by, which become ``by_<column>``; ``kind`` is what the label is.
    """
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    table = table.rename(columns={f"label_{label}": "label"})
    table = table[table["label"] != ""]
    # A column of the study's own that is called as one of ours has `_text` in its name, and goes before it.
    cells = {name.removesuffix("_text"): table[name] for name in table}
    by = {f"by_{column}": cell(cells, column) for column in columns}
    uses = {use: table[use] == "True" for use in USES if use in table}
    return table.assign(**by, **uses, label=table["label"].astype(float).astype(kind))
