"""What the columns of a table of predictions hold: classes with probabilities, or amounts."""

import re

import numpy as np


def class_of(table, column):
    """The classes in ``column``, ``(n,)`` integers."""
    return table[column].to_numpy(int)


def probabilities_of(table):
    """Probabilities of every class, ``(n, classes)`` floats; ``(n, 0)`` of a regression, which has none."""
    return table[probability_columns(table)].to_numpy(float)


def probability_columns(table):
    """Names of the columns of probabilities, in the order of the classes."""
    return sorted((one for one in table if re.fullmatch(r"probability_\d+", one)), key=lambda one: int(one[12:]))


def class_count(table):
    """How many classes the table's network tells apart, or None where it predicts an amount."""
    return len(probability_columns(table)) or None


def groups_of(table):
    """What is never divided, of every row: its group, or its subject where the table names no groups."""
    return table["group" if "group" in table else "subject"].astype(str)


def repeats_of(table):
    """The repeat of the cross-validation that each row's split belongs to: ``r1`` of ``r1f3``."""
    return table["split"].astype(str).str.extract(r"^(r\d+)f\d+$", expand=False).fillna("")


def mean_defined(values):
    """The mean of the defined values along the first axis; nan where none is."""
    values = np.asarray(values, float)
    defined = (~np.isnan(values)).sum(0)
    return np.where(defined > 0, np.nansum(values, 0) / np.maximum(defined, 1), np.nan)
