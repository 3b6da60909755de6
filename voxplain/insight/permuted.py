"""What a score comes to where a column means nothing: values exchanged between people, all visits of one together."""

import numpy as np
import pandas as pd

MOST_CLASSES = 10


def is_amount(column):
    """Whether ``column`` holds amounts rather than classes: numbers, of more than 10 different values."""
    return pd.api.types.is_numeric_dtype(column) and column.nunique() > MOST_CLASSES


def exchanged(groups, draws, seed):
    """``draws`` orders of n rows, (draws, n): a group's rows become those of a group with as many rows.

    groups: (n,) subjects or families. Groups of a size that no other has stay as they are.
    """
    groups = pd.factorize(np.asarray(groups))[0]
    members = [np.flatnonzero(groups == one) for one in range(groups.max() + 1 if len(groups) else 0)]
    sizes = np.array([len(one) for one in members], int)
    generator, orders = np.random.default_rng(seed), np.tile(np.arange(len(groups)), (draws, 1))
    for order in orders:
        for size in np.unique(sizes):
            alike = np.flatnonzero(sizes == size)
            for one, other in zip(alike, generator.permutation(alike), strict=True):
                order[members[one]] = members[other]
    return orders


def beside_chance(value, drawn):
    """``value`` as a row: value, chance, chance_low, chance_high (mean, 2.5 and 97.5 % of ``drawn``) and p.

    p is the share of draws, this value among them, that reach it; all is nan where ``value`` is.
    """
    drawn = np.asarray(drawn, float)
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not len(drawn):
        return {"value": value, "chance": np.nan, "chance_low": np.nan, "chance_high": np.nan, "p": np.nan}
    low, high = np.quantile(drawn, [0.025, 0.975])
    p = (1 + np.sum(drawn >= value - 1e-12)) / (1 + len(drawn))
    return {"value": float(value), "chance": drawn.mean(), "chance_low": low, "chance_high": high, "p": p}
