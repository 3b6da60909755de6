"""A rare class told first, as what is unlike the others, and the rest by a model that never saw it."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from voxplain.errors import InputError


def detector_named(name, options=None, seed=1):
    """The unfitted detector of anomalies ``name``, seeded, on one thread; options: what differs from its defaults."""
    if name == "isolation_forest":
        from sklearn.ensemble import IsolationForest

        return IsolationForest(n_jobs=1, random_state=seed, **(options or {}))
    if name == "one_class_svm":
        from sklearn.svm import OneClassSVM

        return OneClassSVM(**(options or {}))
    if name == "elliptic_envelope":
        from sklearn.covariance import EllipticEnvelope

        return EllipticEnvelope(random_state=seed, **(options or {}))
    if name == "local_outlier_factor":
        from sklearn.neighbors import LocalOutlierFactor

        return LocalOutlierFactor(novelty=True, n_jobs=1, **(options or {}))
    raise ValueError(f"{name} is no detector")


class TwoStep(ClassifierMixin, BaseEstimator):
    """``detector`` says who is of the class ``anomaly``, ``model`` of which other class everybody else is.

    The detector learns what the ``others`` of the training rows look like, or ``all`` of them; the model learns from
    the others alone. A row is an anomaly when it is less usual than all but the share ``contamination`` of the training
    rows; None: the share that the class has among them. Without an anomaly in training, nobody is called one. The
    probability of ``anomaly`` says where a row stands among the training rows: it rises with how unusual the row is, is
    above a half for those called anomalies, and for all others below that of their most probable class.
    """

    def __init__(self, detector, model, anomaly, contamination=None, learns_from="others"):
        self.detector = detector
        self.model = model
        self.anomaly = anomaly
        self.contamination = contamination
        self.learns_from = learns_from

    def fit(self, X, y):
        """Fit both on training rows. InputError where a covariance is asked of fewer rows than columns."""
        X, y = np.asarray(X, float), np.asarray(y)
        others = y != self.anomaly
        learnt = X[others] if self.learns_from == "others" else X
        if type(self.detector).__name__ == "EllipticEnvelope" and len(learnt) <= 2 * X.shape[1]:
            raise InputError(
                f"elliptic_envelope of {X.shape[1]} features from {len(learnt)} training scans, of which it needs more "
                f"than {2 * X.shape[1]}; name fewer features or another detector"
            )
        if not others.any():
            raise InputError(f"class {self.anomaly} is all that there is in training; another class is needed")
        self.classes_ = np.union1d(y, [self.anomaly])
        self.detector_ = clone(self.detector).fit(learnt)
        self.unusual_ = np.sort(-self.detector_.score_samples(X))
        share = np.mean(~others) if self.contamination is None else self.contamination
        self.limit_ = np.quantile(self.unusual_, 1 - share) if (~others).any() else np.inf
        rest = np.unique(y[others])
        self.model_ = clone(self.model).fit(X[others], y[others]) if len(rest) > 1 else None
        self.rest_ = rest if self.model_ is None else self.model_.classes_
        return self

    def predict(self, X):
        """The class of each row."""
        told = np.full(len(X), self.rest_[0]) if self.model_ is None else self.model_.predict(X)
        return np.where(self.unusual(X) > self.limit_, self.anomaly, told)

    def predict_proba(self, X):
        """Of each row the probability of every class of ``classes_`` ``(n, classes)``; see the class."""
        unusual = self.unusual(X)
        called, of_anomaly = unusual > self.limit_, self._standing(unusual)
        among = np.ones((len(X), 1)) if self.model_ is None else self.model_.predict_proba(X)
        # the most probable of n others has at least 1 / n of what the anomaly leaves, which is more below 1 / (n + 1)
        of_anomaly = np.where(called, 0.5 + 0.5 * of_anomaly, 0.999 * of_anomaly / (len(self.rest_) + 1))
        told = np.zeros((len(X), len(self.classes_)))
        told[:, np.searchsorted(self.classes_, self.rest_)] = among * (1 - of_anomaly[:, None])
        told[:, np.searchsorted(self.classes_, self.anomaly)] = of_anomaly
        return told

    def unusual(self, X):
        """How unusual each row is to the detector ``(n,)``: more is more."""
        return -self.detector_.score_samples(np.asarray(X, float))

    def _standing(self, unusual):
        """Where values stand among the training rows' ``(n,)``, in (0, 1), between them in straight lines."""
        rank = np.arange(1, len(self.unusual_) + 1) / (len(self.unusual_) + 1)
        return np.interp(unusual, self.unusual_, rank)
