"""Columns that say nothing, or the same again, left out by what the training scans show of them."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from voxplain.errors import InputError


class Distinct(TransformerMixin, BaseEstimator):
    """Keeps the first of columns that are alike in all training rows, and none that is the same in all of them.

    A constant column would be divided by no spread, and a copy would count twice. ``kept_`` is True for each column
    that stays.
    """

    def fit(self, X, y=None):
        """Look at the training rows. InputError where no column varies."""
        X, seen = validate_data(self, X, dtype=float), set()
        self.kept_ = np.zeros(X.shape[1], bool)
        for place, column in enumerate(X.T + 0.0):  # adding 0 makes -0 equal to 0 in its bytes
            content = column.tobytes()
            self.kept_[place] = np.ptp(column) > 0 and content not in seen
            seen.add(content)
        if not self.kept_.any():
            raise InputError(f"no feature differs between the {len(X)} training scans; name others")
        return self

    def transform(self, X):
        """The columns that stay."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=float, reset=False)[:, self.kept_]
