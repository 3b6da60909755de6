"""What folds are to have in common: the class or the height of the label, and covariates."""

import numpy as np
import pandas as pd

from voxplain.cohort.tables.ranges import number

LABEL_BINS = 5
COVARIATE_BINS = 3


def label_classes(values, k):
    """The class of each group, a Series by group: ``values`` themselves, or of a regression their quantile.

    There are up to LABEL_BINS quantiles, so many that each has a group for every one of ``k`` folds.
    """
    if not pd.api.types.is_float_dtype(values):
        return values
    return quantiles(values, min(LABEL_BINS, max(1, len(values) // k)))


def quantiles(values, bins):
    """The quantile of each of ``values``, a Series of numbers, from 0 to ``bins`` - 1; equal numbers are in one."""
    rank = values.rank(method="min") - 1
    return (rank * bins // max(1, len(values))).astype(int)


def covariate_strata(table, columns):
    """Each row's stratum as text, a Series: the cells of ``columns``, numbers of many values by their tertile."""
    parts = [_levels(table[column]) for column in columns]
    return pd.Series([" ".join(one) for one in zip(*parts, strict=True)], index=table.index)


def joint_strata(classes, strata, k):
    """A number for each group that is the same for the same class and stratum; both are Series by group.

    Strata of a class with fewer groups than ``k`` folds are put together.
    """
    both = pd.DataFrame({"one": classes, "stratum": strata})
    counts = both.groupby(["one", "stratum"])["one"].transform("size")
    both.loc[counts < k, "stratum"] = "rare"
    return both.groupby(["one", "stratum"]).ngroup()


def drawn(classes, share, generator, strata=None):
    """Groups drawn at random, the ``share`` of each class and at least one; ``classes`` is a Series by group.

    With ``strata``, a Series by group, those drawn of a class are spread evenly over its strata.
    """
    chosen = set()
    for _, members in classes.groupby(classes):
        count = max(1, round(share * len(members))) if share else 0
        order = generator.permutation(members.index.to_numpy())
        if strata is None:
            chosen.update(order[:count])
        elif count:
            order = order[np.argsort(strata.loc[order].to_numpy().astype(str), kind="stable")]
            start = generator.random()
            chosen.update(order[int((place + start) * len(order) / count)] for place in range(count))
    return chosen


def _levels(cells):
    texts = cells.fillna("").astype(str).str.strip()
    numbers = texts.map(lambda text: np.nan if (value := number(text)) is None else value)
    known = numbers.notna()
    if known.sum() < (texts != "").sum() or numbers.nunique() <= LABEL_BINS:
        return texts.where(texts != "", "missing").tolist()
    tertile = quantiles(numbers[known], COVARIATE_BINS).astype(str)
    return tertile.reindex(cells.index).fillna("missing").tolist()
