"""Concepts as numbers of scans, and the same numbers dealt out anew among subjects, which are random concepts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.insight.named_features import as_numbers


def concept_values(table, columns):
    """Floats of ``columns`` of ``table``, a data frame whose index is the scan, see `as_numbers`.

    Raises InputError for a column that is not there, text that stands for no number, and a column that does not vary.
    """
    found = {}
    for column in columns:
        if column not in table:
            raise InputError(f'concept "{column}": no such column; known are {", ".join(map(str, table))}')
        try:
            name, values = as_numbers(column, table[column])
        except InputError as fault:
            raise InputError(f'concept "{column}": {fault}') from fault
        if np.isinf(values).any() or values.nunique() < 2:
            why = "an infinite value" if np.isinf(values).any() else "the same in every scan"
            raise InputError(f'concept "{column}": {why}; leave it out')
        found[name] = values
    return pd.DataFrame(found, index=table.index)


@dataclass(frozen=True)
class Dealt:
    """Concepts and their random twins: ``values``, for each concept a data frame, a row a scan and a column a draw.

    Column 0 has the values themselves, from 1 on they are dealt out anew. ``within`` {scan: class} are the classes
    inside which they were dealt and are to be compared, or None.
    """

    values: dict
    within: dict | None = None


def dealt_concepts(concepts, subjects, draws=200, seed=1, within=None):
    """The `Dealt` of ``concepts``, floats whose index is the scan, nan where unknown; such scans are left out.

    subjects: {scan: subject}, who change their mean over scans for another's and keep each scan's distance from it.
    within: {scan: class}, and subjects change with those of their own class alone, that of their first scan. A draw is
    the same in all splits, so that what splits share they share by chance too.
    """
    found = {}
    for place, (name, values) in enumerate(concepts.items()):
        known = values.dropna()
        who = pd.Series([subjects[scan] for scan in known.index], index=known.index)
        means = known.groupby(who).mean()
        classes = None if within is None else pd.Series([within[scan] for scan in known.index]).groupby(who.values)
        of_class = pd.Series("", index=means.index) if classes is None else classes.first().astype(str)[means.index]
        generator = np.random.default_rng([seed, place])
        dealt = np.tile(means.to_numpy()[:, None], (1, 1 + draws))
        for members in of_class.groupby(of_class).indices.values():
            order = generator.permuted(np.tile(members[:, None], (1, draws)), axis=0)
            dealt[members, 1:] = means.to_numpy()[order]
        rows = means.index.get_indexer(who)
        apart = known.to_numpy() - means.to_numpy()[rows]
        found[name] = pd.DataFrame(dealt[rows] + apart[:, None], index=known.index)
    return Dealt(found, within)
