"""Groups of scans by a column of their table: its values, or bands of a number."""

import re

import numpy as np
import pandas as pd

from voxplain.errors import InputError

# More values than this are no groups but names; few numbers are values, such as grades or codes of sites
MOST_VALUES = 40
FEW_NUMBERS = 5


def column_groups(table, by, where="relevance.by"):
    """``{group: set of scans}`` for the columns that ``by`` names, and ``{group: sentence}`` where scans have no value.

    table: the table of all scans, with ``scan``; by: ``{column: limits}``. With limits, numbers fall into the bands
    that these part, a limit belonging to the band above it. Without, a column of at most five different numbers or of
    text goes by its values, and one of more numbers by its tertiles. Names are the column's and the value's letters and
    digits, ``SexF``, ``Agebelow30``, ``Age30to60``, ``Agefrom60``.
    Raises InputError, which names the setting ``where``, for a column that the table has not, for limits of a column
    of text, and for too many values.
    """
    groups, notes = {}, {}
    for column, limits in by.items():
        if column not in table.columns:
            raise InputError(f"{where}: no column {column} among the scans; name one of cohort.covariates")
        cells = table[column].astype("string").str.strip().replace("", pd.NA)
        numbers = pd.to_numeric(cells, errors="coerce")
        known = cells.notna() & (numbers.notna() if limits else True)
        if limits and not numbers.notna().any():
            raise InputError(f"{where}: column {column} has limits but holds no number; leave the limits out")
        banded = limits or (numbers[known].notna().all() and numbers[known].nunique() > FEW_NUMBERS)
        names = _bands(numbers, limits or _tertiles(numbers)) if banded else _values(column, cells[known], where)
        for name, chosen in names.items():
            plain, number = _plain_name(f"{column}{name}"), 2
            group = plain
            while group in groups:
                group, number = f"{plain}no{number}", number + 1
            groups[group] = set(table.loc[chosen.reindex(table.index, fill_value=False), "scan"])
            if left := int((~known).sum()):
                notes[group] = f"{column} is not known of {left} of {len(table)} scans, which are in none of its groups"
    return groups, notes


def _plain_name(name):
    return re.sub(r"[^A-Za-z0-9]", "", re.sub(r"(?<=\d)-(?=\d)", "to", name))


def _values(column, cells, where):
    values = sorted(cells.unique())
    if len(values) > MOST_VALUES:
        raise InputError(f"{where}: column {column} has {len(values)} values, too many for groups; leave it out")
    return {value: cells == value for value in values}


def _tertiles(numbers):
    return list(dict.fromkeys(float(one) for one in np.quantile(numbers.dropna(), [1 / 3, 2 / 3], method="nearest")))


def _bands(numbers, limits):
    ends = [-np.inf, *sorted(limits), np.inf]
    return {_band(low, high): (numbers >= low) & (numbers < high) for low, high in zip(ends, ends[1:], strict=False)}


def _band(low, high):
    if np.isinf(low):
        return f"below{_plain(high)}"
    return f"from{_plain(low)}" if np.isinf(high) else f"{_plain(low)}to{_plain(high)}"


def _plain(limit):
    return f"{limit:g}".replace("-", "minus").replace(".", "p")
