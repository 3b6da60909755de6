"""Columns of the table of scans that a model of voxels is told beside them."""

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from voxplain.baselines.confound_columns import is_category, letters
from voxplain.errors import InputError


def beside_columns(scans, packed, columns, label_column):
    """The cells of ``columns`` by scan, of the ``packed`` scans that have them all, and sentences on what is not told.

    See `spelled_columns` for which are told. InputError for one that the table of scans lacks.
    """
    kept, notes = spelled_columns(scans, columns, label_column, "beside")
    found = scans.set_index("scan").reindex(packed)[kept].dropna()
    if len(found) < len(packed):
        notes.append(f"{len(packed) - len(found)} of {len(packed)} scans have no {', '.join(kept)} and are left out")
    return found, notes


def spelled_columns(scans, columns, label_column, setting):
    """``columns`` as the table of ``scans`` spells them, and sentences on those that are not among them.

    The column that the label is made from is never there: it would give the labels of held-out scans away. InputError,
    with the name of the ``setting`` in baselines.kernels, for a column that the table lacks.
    """
    spelled = {letters(str(column).removesuffix("_text")): column for column in scans}
    kept, notes = [], []
    for column in columns:
        if letters(column) == letters(label_column):
            notes.append(f"{column} is not used, since the label is made from it")
        elif letters(column) not in spelled:
            raise InputError(
                f'setting "baselines.kernels.{setting}" has "{column}", but the table of scans has '
                f"{', '.join(map(str, scans))}; name it in cohort.covariates"
            )
        else:
            kept.append(spelled[letters(column)])
    return kept, notes


def fitted_beside(found, train):
    """A function of scans that gives ``(n, values)``: numbers as z-scores by ``train``, each category as 0 or 1.

    A category that no training scan has is 0 in all of them.
    """
    if not len(found.columns):
        return lambda scans: np.empty((len(scans), 0))
    numbers = [one for one in found if pd.api.types.is_numeric_dtype(found[one]) and not is_category(one)]
    categories = [one for one in found if one not in numbers]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    fitted = make_column_transformer((StandardScaler(), numbers), (encoder, categories)).fit(found.loc[train])
    return lambda scans: fitted.transform(found.loc[scans])
