"""The columns of a table that a model may learn from, as numbers by subject; every other column with what it is."""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.tables.labels import MISSING
from voxplain.cohort.tables.ranges import number
from voxplain.cohort.tables.refused_features import holds_dates, refused_name
from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError


@dataclass(frozen=True)
class Features:
    """Numbers by subject, the columns left out and why, those to look at twice and why, and rows that cannot be used.

    ``table`` is a data frame of numeric columns, its index the id as text; a missing value is NaN. ``left_out`` and
    ``flags`` are pairs of a column and a reason, ``problems`` pairs of an id and what is wrong with its rows.
    """

    table: pd.DataFrame
    left_out: list
    flags: list
    problems: list


def read_features(path, id_column, columns=None, labels=(), setting="cohort.features"):
    """The Features in the table ``path``: the ``columns`` that are asked for, or all that can be features.

    ``labels`` are the columns that labels are made from. Ids, dates, releases and labels are no features, whoever asks:
    SettingsError for such a column among ``columns``, and for one that the table lacks. Text is left out: it can be a
    covariate. Raises InputError for a file that is no table, or that leaves no feature or no subject.
    """
    read = read_delimited(path, f"{setting}.path")
    id_column = read.column(id_column, f"{setting}.id_column")
    held_out = {id_column: "the subject's id"}
    held_out |= {found: "a label" for label in labels if (found := read.find(label)) is not None}
    rows, problems = _single_rows(read, id_column)
    if not rows:
        first = shown(problems[0][0], 40) or "a row"
        raise InputError(f"{shown(path, 500)}: no row of one subject; {first}: {problems[0][1]}")
    twice = {column for column, count in Counter(read.header).items() if count > 1}
    found, left_out = {}, []
    for column in dict.fromkeys(read.header if columns is None else _asked(read, columns, setting)):
        cells = [cell if cell.lower() not in MISSING else "" for cell in (row[column] for row in rows)]
        refused = held_out.get(column) or refused_name(column)
        if not refused and holds_dates([cell for cell in cells if cell]):
            refused = "a date in each cell, which says when somebody was seen"
        if refused and columns is not None:
            raise SettingsError(f"{setting}.columns: {shown(column)} can never be a feature: {refused}; take it out")
        values = [number(cell) for cell in cells]
        if reason := refused or _no_numbers(column in twice, cells, values):
            left_out.append((column, reason))
        else:
            found[column] = values
    if not found:
        told = f"; {shown(left_out[0][0])} is {left_out[0][1]}" if left_out else ""
        raise InputError(f"{shown(path, 500)}: no column of numbers that can be a feature{told}")
    index = pd.Index([row[id_column] for row in rows], name=id_column, dtype=object)
    table = pd.DataFrame(found, index=index, dtype=float)
    label_cells = {label: [row[label] for row in rows] for label, what in held_out.items() if what == "a label"}
    return Features(table, left_out, _flags(table, label_cells), problems)


def _asked(read, columns, setting):
    return [read.column(column, f"{setting}.columns") for column in columns]


def _single_rows(read, id_column):
    """The rows of subjects that have one, and the problems of the others."""
    counts = Counter(row[id_column] for row in read.rows)
    problems = [(first, wrong) for _, first, wrong in read.ragged]
    for one, count in counts.items():
        if not one:
            problems.append(("", f"no {id_column} in {count} rows of the table"))
        elif count > 1:
            problems.append((one, f"named {count} times in the table; keep one row"))
    return [row for row in read.rows if row[id_column] and counts[row[id_column]] == 1], problems


def _no_numbers(twice, cells, values):
    """Why a column is no feature although nothing forbids it, or None."""
    if twice:
        return "the name of several columns; rename all but one"
    if not any(cells):
        return "empty"
    other = [cell for cell, value in zip(cells, values, strict=True) if cell and value is None]
    if not other:
        return None
    example = repr(shown(other[0], 30))
    if len(other) < len([cell for cell in cells if cell]):
        return f"not all numbers ({example} and {len(other) - 1} other texts)"
    if number(other[0].replace(",", ".", 1)) is not None:
        return f"text ({example}); numbers with decimals need a point"
    return f"text ({example}), which can be a covariate but no feature"


def _flags(table, labels):
    """What to look at twice: columns that may be ids in disguise, a label again, constant, or in part missing."""
    flags = []
    for column, values in table.items():
        held = values.dropna()
        different = held.nunique()
        if different == 1:
            flags.append((column, "the same for everybody"))
        elif len(held) > 2 and different == len(held) and (held % 1 == 0).all():
            flags.append((column, "another whole number for each subject; perhaps an id"))
        for label, cells in labels.items():
            classes = pd.Series(cells, index=table.index)[held.index]
            if 1 < different <= 10 and different < len(held) and (classes.groupby(held).nunique() == 1).all():
                flags.append((column, f"each of its {different} values has one {label}; perhaps the label again"))
        if len(held) < len(values):
            flags.append((column, f"{len(values) - len(held)} of {len(values)} values missing"))
    return flags
