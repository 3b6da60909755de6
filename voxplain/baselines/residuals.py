"""Features, and labels that are amounts, less what confounds tell of them; learnt from the rows that are fitted alone.

Straight lines are fitted to the training rows of a fold and taken off every row (cross-validated confound regression,
Snoek et al., NeuroImage 2019). What confounds tell otherwise than in straight lines stays, and a model that is not
linear may find it.
"""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from voxplain.baselines.confound_columns import is_category
from voxplain.errors import InputError


def confound_values(rows, fitted, columns):
    """Confounds of ``rows`` as numbers, (n, values) float64: a number is itself, a word a column of 0 and 1 for each.

    The number of a site, a scanner or a release is a word, see `is_category`.
    ``rows`` and ``fitted`` are tables with ``columns``; ``fitted``, the training rows, say which words there are and
    what stands for a missing number, their mean. A missing or unknown word is 0 everywhere. Raises `InputError` for a
    column that is not there, or that no training row has.
    """
    found = []
    for column in columns:
        if column not in fitted or column not in rows:
            known = ", ".join(sorted(map(str, fitted.columns)))
            raise InputError(f'no column "{column}" to adjust for; there are {known}')
        numbers = pd.to_numeric(fitted[column], errors="coerce")
        if fitted[column].isna().all():
            raise InputError(f'column "{column}": no training scan has a value to adjust for; leave it out')
        if numbers.notna().sum() == fitted[column].notna().sum() and not is_category(column):
            told = pd.to_numeric(rows[column], errors="coerce").fillna(numbers.mean())
            found.append(told.to_numpy(float)[:, None])
        else:
            words = sorted(fitted[column].dropna().astype(str).unique())
            found.append((rows[column].astype(str).to_numpy()[:, None] == np.array(words)[None]).astype(float))
    return np.concatenate(found, 1) if found else np.zeros((len(rows), 0))


class Residuals(TransformerMixin, BaseEstimator):
    """Features less what the last ``confounds`` columns of the same table tell of them, for a scikit-learn pipeline.

    Fitted on (n, features + confounds), it gives (n, features): what is left of each feature after a straight line in
    the confounds, least squares of smallest norm, so that constant or doubled confounds do no harm.
    """

    def __init__(self, confounds=1):
        self.confounds = confounds

    def fit(self, values, labels=None):
        """Learn the lines from the rows ``values`` alone; ``labels`` are not looked at."""
        features, told = self._parted(values)
        self.means_, self.middle_ = features.mean(0), told.mean(0)
        self.slopes_ = np.linalg.pinv(told - self.middle_) @ (features - self.means_)
        return self

    def transform(self, values):
        """What is left of the features of ``values``, about 0."""
        features, told = self._parted(values)
        return features - self.means_ - (told - self.middle_) @ self.slopes_

    def _parted(self, values):
        values = np.asarray(values, float)
        if not 0 < self.confounds < values.shape[1]:
            raise ValueError(f"{self.confounds} confounds of {values.shape[1]} columns leave no feature")
        return values[:, : -self.confounds], values[:, -self.confounds :]


def residual_labels(labels, told, fitted_labels, fitted_told):
    """Amounts ``labels`` (n,) less what confounds ``told`` (n, values) say of them, by the lines of the fitted rows."""
    lines = Residuals(fitted_told.shape[1]).fit(np.column_stack([fitted_labels, fitted_told]))
    return lines.transform(np.column_stack([labels, told]))[:, 0]
