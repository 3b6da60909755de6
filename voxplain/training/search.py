"""A small grid of settings tried on the inner split alone, and which of them is chosen.

Candidates learn from the training scans of a split and are compared on its validation scans. The scans that the split
holds out have no say in the choice, and their scores stay honest (Cawley and Talbot, On Over-fitting in Model
Selection, JMLR 2010).
"""

import json

import pandas as pd

from voxplain.errors import InputError
from voxplain.settings.grids import candidates
from voxplain.training.history import best_place


def tried_row(number, candidate, history):
    """What came of candidate ``number``: one row, its settings by dotted names and the scores of the kept epoch.

    Settings other than numbers and text are written as JSON. ``history`` is that of its training; without an epoch, as
    where a split holds out nobody, the scores are missing.
    """
    row = {"candidate": number} | {name: _written(value) for name, value in candidate.items()}
    kept = history[history["best"].eq(1)]
    scores = [name for name in history if name.startswith(("train_", "validation_"))]
    row |= {"epochs": len(history), "best_epoch": kept["epoch"].iloc[0] if len(kept) else None}
    return pd.DataFrame([row | {name: kept[name].iloc[0] if len(kept) else None for name in scores}])


def chosen_table(tried, keep="loss"):
    """All rows of ``tried`` in the order of their numbers, with ``chosen`` 1 for the best candidate and 0 elsewhere.

    The best has the highest validation score ``keep``, or the lowest validation loss where ``keep`` is ``loss`` or
    ``last``; of equal ones the first. Where no candidate was trained none is chosen.
    Raises `InputError` where candidates were trained and none has a validation score.
    """
    table = pd.concat(tried, ignore_index=True).sort_values("candidate", ignore_index=True)
    by = "loss" if keep == "last" else keep
    if not table["epochs"].any():
        return table.assign(chosen=0)
    if table[f"validation_{by}"].isna().all():
        raise InputError(
            f"no candidate has a validation {by.replace('_', ' ')}; a search needs validation scans, so raise "
            "folds.validation or leave out the search"
        )
    rows = table.filter(like="validation_").astype(float).to_dict("records")
    return table.assign(chosen=(table.index == best_place(rows, by)).astype(int))


def chosen_settings(path, search):
    """The candidate of ``search`` that the table at ``path`` chose, by dotted names; nothing without a path.

    Raises `InputError` where the table is not of this search.
    """
    if not path:
        return {}
    table, grid = pd.read_csv(path, sep="\t"), candidates(search)
    if len(table) != len(grid) or not set(search) <= set(table):
        raise InputError(f"{path}: {len(table)} candidates, but the search has {len(grid)}; choose again")
    number = table.loc[table["chosen"].eq(1), "candidate"]
    return grid[int(number.iloc[0]) - 1] if len(number) else {}


def _written(value):
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else json.dumps(value)
