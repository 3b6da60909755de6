"""Tables of the stage as files: six digits, and a number that is not defined reads ``undefined``."""

import numpy as np

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
