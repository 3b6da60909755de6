"""Resamples of groups of scans, so that what belongs together is drawn together."""

import numpy as np
import pandas as pd

from voxplain.training.scores.columns import groups_of, mean_defined


def drawn_weights(predictions, draws, seed):
    """How often each row counts in each of ``draws`` bootstrap resamples of its groups.

    A function of an index of ``predictions``: weights ``(draws, rows)``, floats. All rows of a group count alike, in
    all splits and seeds.
    """
    if predictions.empty:
        return lambda index: np.empty((draws, 0))
    groups, place = np.unique(groups_of(predictions).to_numpy(dtype=str), return_inverse=True)
    place = pd.Series(place, index=predictions.index)
    share = np.full(len(groups), 1 / len(groups))
    drawn = np.random.default_rng(seed).multinomial(len(groups), share, size=draws).astype(float)
    return lambda index: drawn[:, place[index]]


def bootstrap_scores(tables, weights_of, weighted):
    """The mean over splits of each measure in every resample, ``{measure: (draws,)}``; nan: not defined.

    ``tables`` is ``{split: [one table a seed]}``, ``weighted`` gives the measures of a table under many weightings.
    """
    of_splits = []
    for of_seeds in tables.values():
        scores = [weighted(table, weights_of(table.index)) for table in of_seeds]
        of_splits.append({measure: mean_defined([one[measure] for one in scores]) for measure in scores[0]})
    return {measure: mean_defined([one[measure] for one in of_splits]) for measure in (of_splits or [{}])[0]}


def interval(drawn):
    """The 2.5th and 97.5th percentiles of the resamples that are defined, or None where none is."""
    drawn = drawn[~np.isnan(drawn)]
    return tuple(float(edge) for edge in np.quantile(drawn, [0.025, 0.975])) if len(drawn) else None
