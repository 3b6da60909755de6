"""By how much a method's maps do better than maps that know nothing, with intervals over subjects."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from voxplain.relevance.bootstrap import ends, resampled_weights

# Taking out what matters moves the answer soon, putting it in brings the answer back soon; the rest is no contest
BETTER = {
    "deletion": -1,
    "region_deletion": -1,
    "road": -1,
    "insertion": 1,
    "region_insertion": 1,
    "infidelity": -1,
    "infidelity_slope": -1,
}


class Difference(NamedTuple):
    """Method less reference, positive where the method does better, with its 95 % interval over ``subjects``.

    ``undefined`` scans have no number for one of the two. All numbers NaN where there is none.
    """

    value: float
    low: float
    high: float
    subjects: int
    undefined: int


def beats(rows, against, measure, fill=None, *, resamples, seed):
    """The `Difference` between the method's maps and those called ``against`` in ``rows``, of ``faithfulness.tsv``.

    ``measure`` is one of BETTER; ``fill`` may be left out of one that has a single fill. Scans are paired, and each
    counts by its ``weight``: a curve is divided by how far apart the answers to the whole and to the empty scan are, so
    this is the mean difference over the mean distance, which a scan that the network says little of cannot upset. Scans
    of one subject stay together while subjects are resampled.
    """
    paired = _paired(rows, against, measure, fill)
    known = np.isfinite(paired["difference"].to_numpy(float))
    undefined, paired = int((~known).sum()), paired[known]
    weighted = paired.assign(product=paired["difference"] * paired["weight"])
    sums = weighted.groupby("subject")[["product", "weight"]].sum()
    if not len(sums) or not sums["weight"].sum() > 0:
        return Difference(np.nan, np.nan, np.nan, len(sums), undefined)
    drawn = resampled_weights(len(sums), resamples, seed) @ sums.to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = drawn[:, :1] / drawn[:, 1:]
    low, high = ends(means, len(sums))
    value = sums["product"].sum() / sums["weight"].sum()
    return Difference(float(value), float(low[0]), float(high[0]), len(sums), undefined)


def mean_value(rows, name, measure, fill=None):
    """The mean of ``measure`` over the scans of the maps called ``name``, each by its weight; NaN without any."""
    own = _of(rows, measure, fill)
    own = own[own["map"] == name]
    values, weights = own["value"].to_numpy(float), own["weight"].to_numpy(float)
    known = np.isfinite(values) & np.isfinite(weights)
    total = weights[known].sum()
    return float(values[known] @ weights[known] / total) if total > 0 else np.nan


def _paired(rows, against, measure, fill):
    """A row for each scan of the method, with the difference in the method's favour; NaN where one has no number."""
    found = _of(rows, measure, fill)
    keys = ["split", "scan", "subject"]
    own, other = (
        found.loc[found["map"] == name, [*keys, "value", "weight"]].set_index(keys) for name in ("method", against)
    )
    value, beside = (pd.to_numeric(one["value"]) for one in (own, other.reindex(own.index)))
    difference = BETTER[measure] * (value - beside)
    return pd.DataFrame({"difference": difference, "weight": pd.to_numeric(own["weight"])}).reset_index()


def _of(rows, measure, fill):
    found = rows[rows["measure"] == measure]
    return found if fill is None else found[found["fill"] == fill]
