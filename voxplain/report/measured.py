"""The scans of one input with their measures of quality, and what is usual of each."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from voxplain.volumes.outliers import SUFFIX, WORSE

# Per cent of scans that lie below the ends of the band that is usual
BAND = 2.5, 97.5


class Usual(NamedTuple):
    """What is usual of a measure: its values in rising order, their median, and the band in MADs from it."""

    values: np.ndarray
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """The scans of the input ``name`` with their measures: ``rows`` are dicts of the ledger's and qc.tsv's columns."""

    name: str
    rows: list

    @cached_property
    def of(self):
        """The row of each scan, by its name."""
        return {row["scan"]: row for row in self.rows}

    @cached_property
    def usual(self):
        """The Usual of every measure that was taken, in the order of WORSE, over the scans that were not refused."""
        kept = [row for row in self.rows if row["flag"] != "refused"] or self.rows
        found = {}
        for measure in WORSE:
            values = _known(row.get(measure, np.nan) for row in kept)
            mads = _known(row.get(measure + SUFFIX, np.nan) for row in kept)
            if values.size and mads.size:
                found[measure] = Usual(np.sort(values), float(np.median(values)), *np.percentile(mads, BAND))
        return found


def status(row):
    """Used, marked or left out: what became of a scan with this row of the ledger and of qc.tsv."""
    return "left out" if row["status"] != "used" else "marked" if row["flag"] in ("outlier", "review") else "used"


def _known(values):
    values = np.array(list(values), float)
    return values[~np.isnan(values)]
