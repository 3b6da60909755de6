"""A table of a stage as the report shows it: columns in words, numbers with few digits."""

import math

import pandas

from voxplain.report.blocks import Table
from voxplain.report.sentences import measure_name, number

WORDS = {"sd": "sd", "n": "Scans", "mae": "MAE", "rmse": "RMSE", "r2": "R²", "p": "p", "low": "95 % from", "high": "to"}


def as_written(frame, caption, names=None):
    """All rows and columns of ``frame`` as a Table; names: columns in other words than their own."""
    names = WORDS | (names or {})
    columns = [names.get(column, _sentence(column)) for column in frame]
    numeric = frozenset(
        shown for column, shown in zip(frame, columns, strict=True) if pandas.api.types.is_numeric_dtype(frame[column])
    )
    if "measure" in frame:
        frame = frame.assign(measure=frame["measure"].map(measure_name))
    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    return Table(caption, columns, rows, numeric)


def cell(value):
    """One value in words: a whole number as it is, another with three digits that count, a missing one empty."""
    if isinstance(value, str):
        return value
    if value is None or pandas.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not math.isfinite(value):
        return "infinite" if value > 0 else "minus infinite"
    if float(value) == int(value):
        return str(int(value))
    return number(value, 3) if 0.001 <= abs(value) < 1000 else f"{value:.3g}"


def _sentence(column):
    if "." in column:  # a setting, as it is written in a file of settings
        return column
    words = measure_name(column)
    return words[:1].upper() + words[1:]
