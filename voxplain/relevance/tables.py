"""Tables of the stage as files: six digits, and a number that is not defined reads ``undefined``."""

import numpy as np
import pandas as pd

from voxplain.runtime import written_whole

UNDEFINED = "undefined"


def write_table(path, table):
    """Write the data frame ``table`` to ``path``, separated by tabs; the file appears whole or not at all."""
    numbers = table.select_dtypes(np.floating).columns
    told = table.astype(dict.fromkeys(numbers, object))
    for name in numbers:
        told[name] = [f"{value:.6g}" if np.isfinite(value) else UNDEFINED for value in table[name]]
    with written_whole(path) as part:
        told.to_csv(part, sep="\t", index=False)


def joined(tables):
    """One data frame of several, with the columns of the first, which may be empty as any of them."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True)[list(tables[0])] if filled else tables[0]
