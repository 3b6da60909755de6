"""What each criterion says of a method's maps: passed, failed, undecided, undefined or not tested, and why.

Thresholds are those of the section ``sanity.verdict``; docs/checks/verdict.md has the reason for each.
"""

import numpy as np
import pandas as pd

from voxplain.relevance.bootstrap import ends, resampled_means

CRITERIA = {
    "model_randomisation": "model randomisation",
    "top_layers": "randomisation of the top layers",
    "input": "likeness with the input",
    "data_randomisation": "data randomisation",
    "deletion": "deletion",
    "insertion": "insertion",
    "road": "ROAD",
    "masked_input": "masked input",
    "localisation": "localisation",
}
OUTCOMES = ("passed", "failed", "undecided", "undefined", "not tested")
NUMBERS = ("value", "low", "high", "null", "null_low", "null_high", "threshold")
COLUMNS = ["method", "criterion", "outcome", *NUMBERS, "why"]
SIMILARITIES = {"spearman_abs": "rho", "spearman": "signed rho", "ssim": "SSIM"}


def criterion(name, outcome, why, **numbers):
    """A row (dict) of COLUMNS but ``method``; numbers that are not given are NaN."""
    return {"criterion": name, "outcome": outcome} | dict.fromkeys(NUMBERS, np.nan) | numbers | {"why": why}


def not_tested(name):
    """The row of a criterion whose check left nothing."""
    return criterion(name, "not tested", f"{CRITERIA[name]} was not tested")


def stays_below(low, high, limit):
    """The outcome of a value that has to lie below ``limit``: undecided where its interval reaches over it, or is none.

    A value without an interval, of a single subject, decides nothing.
    """
    if high < limit:
        return "passed"
    return "failed" if low > limit else "undecided"


def lies_above(low, high, least):
    """The outcome of an advantage: passed where it surely is one, failed where it is surely less than ``least``."""
    if low > 0:
        return "passed"
    return "failed" if high < least else "undecided"


def over_subjects(rows, column, fewest, resamples, seed):
    """``(mean, low, high)`` of a column of rows that name scans, each subject counted once; NaN is left out.

    Without an interval, which is NaN then, for fewer than ``fewest`` subjects.
    """
    subjects = rows["subject"] if "subject" in rows else rows["scan"].str.split("_").str[0]
    means = rows[column].astype(float).groupby(subjects.to_numpy()).mean().dropna().to_numpy()[:, None]
    if not len(means):
        return (np.nan,) * 3
    low, high = ends(resampled_means(means, resamples, seed), len(means))
    return of_enough((float(means.mean()), float(low[0]), float(high[0])), len(means), fewest)


def of_enough(values, subjects, fewest):
    """``(value, low, high)``, without the interval where there are fewer than ``fewest`` subjects."""
    return tuple(values) if subjects >= fewest else (values[0], np.nan, np.nan)


def spoken(value, low, high):
    """A number with two decimals and, in brackets, the ends of its interval or why there is none."""
    number, *ends = (f"{one:.2f}".replace("-0.00", "0.00") for one in (value, low, high))
    return f"{number} [{ends[0]} to {ends[1]}]" if np.isfinite([low, high]).all() else f"{number} [too few subjects]"


def criteria_table(rows_of_methods):
    """The table of COLUMNS of ``{method: rows}``, criteria in the order of CRITERIA."""
    place = list(CRITERIA).index
    rows = [
        {"method": method, **row}
        for method, rows in rows_of_methods.items()
        for row in sorted(rows, key=lambda row: place(row["criterion"]))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
