"""How much better one model predicts than another on the same scans, with a paired interval over groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.training.scores.columns import class_count, repeats_of
from voxplain.training.scores.resampling import bootstrap_scores, drawn_weights, interval
from voxplain.training.scores.table import together, weighted_scores

LOWER_IS_BETTER = ("mae", "rmse", "brier", "calibration_error")
BY_SPLIT, BY_SCAN = "split", "scan"


@dataclass(frozen=True)
class Difference:
    """A measure of one model minus that of another, ``low`` to ``high`` its 95 % interval; nan where not defined.

    ``better`` is yes where the interval lies on the first model's side of 0, no where it lies on the other's, undecided
    where 0 is in it, and undefined.
    """

    value: float
    low: float
    high: float
    better: str


def paired_differences(first, second, measures, bootstrap=1000, seed=1):
    """``{measure: Difference}`` of ``first`` minus ``second``, the number of scans, and what they are paired by.

    Both are tables of predictions. Groups are drawn with all their scans, the same ones for both models, and both are
    scored on the same resample, so that what makes a resample easy for both cancels (Efron and Tibshirani 1993). Models
    of the same splits are scored split by split and averaged, as in the table of scores. Where one model went by other
    folds than the other, the held-out predictions of the first repeat are judged together.
    """
    first, second, pairing = same_scans(first, second)
    count = first["scan"].nunique()
    if not count or class_count(first) != class_count(second):
        return dict.fromkeys(measures, Difference(np.nan, np.nan, np.nan, "undefined")), 0, pairing
    first, second = together(first), together(second)
    both = pd.concat([first, second], ignore_index=True)
    drawn = drawn_weights(both, bootstrap, seed)

    def weights_of(index):
        return np.vstack([np.ones((1, len(index))), drawn(index)])

    parts = both.iloc[: len(first)], both.iloc[len(first) :]
    values = [bootstrap_scores(_tables(one), weights_of, weighted_scores) for one in parts]
    return {one: _difference(values[0][one] - values[1][one], one) for one in measures}, count, pairing


def same_scans(first, second):
    """The rows of two tables of predictions that are about the same scans, and whether they are paired by split."""
    common = set(first["scan"]) & set(second["scan"])
    first, second = (one[one["scan"].isin(common)].reset_index(drop=True) for one in (first, second))
    pairs = [pd.MultiIndex.from_frame(one[["scan", "split"]].astype(str)) for one in (first, second)]
    shared = pairs[0].intersection(pairs[1])
    if set(shared.get_level_values("scan")) == common:
        first, second = (one[of.isin(shared)] for one, of in zip((first, second), pairs, strict=True))
        return first.reset_index(drop=True), second.reset_index(drop=True), BY_SPLIT
    first, second = (_first_repeat(one) for one in (first, second))
    common = set(first["scan"]) & set(second["scan"])
    first, second = (one[one["scan"].isin(common)].reset_index(drop=True) for one in (first, second))
    return first, second, BY_SCAN


def is_better(measure, value, other):
    """Whether ``value`` of ``measure`` is better than ``other``."""
    return value < other if measure in LOWER_IS_BETTER else value > other


def _first_repeat(predictions):
    repeats = repeats_of(predictions)
    return predictions[repeats == min(repeats)].assign(split="all")


def _tables(predictions):
    return {split: [one for _, one in rows.groupby("seed")] for split, rows in predictions.groupby("split")}


def _difference(drawn, measure):
    value, edges = float(drawn[0]), interval(drawn[1:])
    if edges is None or np.isnan(value):
        return Difference(value, np.nan, np.nan, "undefined")
    low, high = edges
    if low <= 0 <= high:
        return Difference(value, low, high, "undecided")
    return Difference(value, low, high, "yes" if is_better(measure, low, 0) else "no")
