"""The table that models learn from: a row a scan, a column a feature, and what became of every column and scan."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.cohort.tables.ranges import number
from voxplain.cohort.tables.refused_features import holds_dates, refused_name
from voxplain.cohort.wording import shown
from voxplain.errors import InputError, SettingsError
from voxplain.settings.wording import suggestion

MEASURES, COVARIATES = "measures", "covariates"
EMPTY = ("", "nan", "na", "n/a", "none", "null", "inf", "-inf")
# Texts of more values are rather names than kinds
MOST_VALUES = 20
COLUMNS = ["name", "what", "status", "missing", "rule"]


@dataclass(frozen=True)
class FeatureTable:
    """Features by scan, and what became of every column and scan.

    ``table`` is a data frame, its index the scan, of floats (a missing one is nan) and texts (a missing one is None).
    ``listing`` has the columns name, what (feature, scan), status (used, flagged, left out), missing and rule: what is
    done about it, in words. ``confounds`` are columns of ``table`` that are no features.
    """

    table: pd.DataFrame
    listing: pd.DataFrame
    confounds: tuple = ()


def feature_table(scans, asked, *, label, covariates=(), measures=None, missing="median", confounds=(), where=""):
    """The FeatureTable of ``asked``: columns of ``measures`` and of ``scans``, ``measures`` and ``covariates`` for all.

    scans, measures: data frames of text with the column scan, one row a scan, of the scans that have a label.
    label: the column of ``scans`` that the label is made from, and ``{scan: label}``. Ids, dates, releases and the
    label are refused with a SettingsError where somebody names them, and left out where they are one of many; so is a
    text of more than MOST_VALUES values. A scan without a measure (where no measures are asked for, without a feature)
    is left out, with ``missing`` leave_out each that lacks one feature. InputError where no column or scan is left.
    where: the setting, for messages.
    """
    label_column, labels = label
    both = _side_by_side(scans, measures)
    found, listing = {}, []
    for column, named in _asked(asked, both, covariates, measures, where).items():
        refused = "what the label is made from" if column == label_column else refused_name(column)
        refused = refused or ("a label" if column.startswith("label_") else None)
        if refused and named:
            raise SettingsError(
                f'setting "{where}.features" has {shown(column)}, which can never be a feature: {refused}; take it out'
            )
        values, reason = _values(both[column])
        if refused or reason:
            listing.append((column, "feature", "left out", int(_empty(both[column]).sum()), refused or reason))
        else:
            found[column] = values
    if not found:
        told = f"; {shown(listing[0][0])} is {listing[0][4]}" if listing else ""
        raise InputError(f"{where}.features: no column that can be a feature{told}")
    table = pd.DataFrame(found, index=both.index)
    of_measures = [column for column in table if measures is not None and column in measures] or list(table)
    unknown = table[of_measures].isna().all(axis=1)
    gone = table.index[unknown if missing == "median" else unknown | table.isna().any(axis=1)]
    kept = table.drop(gone)
    if kept.empty:
        raise InputError(f"{where}: no scan of {len(table)} has the features that are asked for; look at the table")
    rules = [_rule(kept[column], labels, missing) for column in kept]
    copies = _copies(kept)
    for (column, values), (status, rule) in zip(kept.items(), rules, strict=True):
        if column in copies:
            status, rule = "flagged", f"the same as {copies[column]}; left out wherever training scans agree"
        listing.append((column, "feature", status, int(values.isna().sum()), rule))
    for scan in gone:
        lacks = int(table.loc[scan].isna().sum())
        rule = "no row in the table of features" if unknown[scan] else f"lacks {lacks} of {table.shape[1]} features"
        listing.append((scan, "scan", "left out", lacks, rule))
    for column in confounds:
        if column not in both:
            raise SettingsError(f'setting "{where}.residualise" has "{column}"; {suggestion(column, list(both))}')
        values, reason = _values(both[column])
        if reason:
            raise InputError(f"{where}.residualise: {shown(column)} is {reason}")
        kept[column] = values.loc[kept.index]
    return FeatureTable(kept, pd.DataFrame(listing, columns=COLUMNS), tuple(confounds))


def _side_by_side(scans, measures):
    table = scans.set_index("scan")
    if measures is None:
        return table
    measures = measures.set_index("scan")
    # a measure that is called as a column of the scans is the measure
    return measures.join(table[[column for column in table if column not in measures]], how="right")


def _asked(asked, both, covariates, measures, where):
    """Every column that is asked for, and whether it was named itself."""
    found = {}
    for one in asked:
        if one == MEASURES:
            if measures is None:
                raise SettingsError(f'setting "{where}.features" has measures, but there is no table of them')
            found |= {column: False for column in measures if column not in {"scan", *found}}
        elif one == COVARIATES:
            found |= {column: False for column in covariates if column in both and column not in found}
        elif one in both:
            found[one] = True
        else:
            raise SettingsError(
                f'setting "{where}.features" has "{one}", which is no column; {suggestion(one, list(both))}'
            )
    return found


def _values(cells):
    """The cells as numbers, or as text where one is none; and why they can be no feature, or None."""
    empty = _empty(cells)
    texts = cells.astype(object).where(~empty, None)
    given = [str(cell).strip() for cell in texts[~empty]]
    if not given:
        return None, "empty"
    numbers = [number(cell) for cell in given]
    if all(value is not None and np.isfinite(value) for value in numbers):
        values = pd.Series(np.nan, index=cells.index)
        values[~empty] = numbers
        return values, None
    if holds_dates(given):
        return None, "a date in each cell, which says when somebody was seen"
    if len(set(given)) > MOST_VALUES:
        return None, f"text of {len(set(given))} values, more than {MOST_VALUES}; perhaps names"
    return texts.map(lambda cell: None if cell is None else str(cell).strip()), None


def _empty(cells):
    return cells.isna() | cells.astype(str).str.strip().str.lower().isin(EMPTY)


def _rule(values, labels, missing):
    """The status of a column that is kept, and what is done about it."""
    held = values.dropna()
    if held.nunique() < 2:
        return "flagged", "the same for everybody; left out wherever it is in training"
    classes = pd.Series(labels).reindex(held.index)
    few = 1 < held.nunique() <= 10 and held.nunique() < len(held)
    if few and (classes.groupby(held).nunique() == 1).all():
        return "flagged", f"each of its {held.nunique()} values has one label; perhaps the label again"
    if len(held) < len(values) and missing == "median":
        filled = "the training scans' median" if values.dtype.kind == "f" else "a value of its own"
        return "used", f"a missing one is {filled}"
    return "used", ""


def _copies(table):
    """``{column: the first one that is the same in every scan}``."""
    first, copies = {}, {}
    for column, values in table.items():
        content = tuple(values.astype(object).where(values.notna(), None))
        if content in first:
            copies[column] = first[content]
        first.setdefault(content, column)
    return copies
