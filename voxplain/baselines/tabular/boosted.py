"""XGBoost for classes that need not be 0, 1, 2: a training part may lack one of them."""

import numpy as np
from xgboost import XGBClassifier


class Boosted(XGBClassifier):
    """XGBoost's classifier, told the classes of its own training rows by number (Chen and Guestrin 2016)."""

    def fit(self, X, y, **options):
        """Fit on whatever classes ``y`` has."""
        known, places = np.unique(y, return_inverse=True)
        self.known_ = np.arange(len(known))  # what XGBoost takes while it fits
        super().fit(X, places, **options)
        self.known_ = known
        return self

    def predict(self, X, **options):
        """The class of each row, as ``y`` named it."""
        return self.known_[np.asarray(super().predict(X, **options), int)]

    @property
    def classes_(self):
        """The classes that it was fitted on, in rising order."""
        return self.known_
