"""Rare classes made as many as the commonest, among the rows that a model is fitted on and no others."""

import numpy as np
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.base import BaseEstimator


class Oversampled(BaseEstimator):
    """A step of imbalanced-learn's pipelines, which hand it training rows alone.

    kind: ``smote`` draws between a row and one of its nearest of the same class (Chawla et al. 2002), ``random`` draws
    rows again. A class of one row has no neighbour and stays as it is; one of few rows has as many as there are.
    """

    def __init__(self, kind="smote", neighbours=5, seed=1):
        self.kind = kind
        self.neighbours = neighbours
        self.seed = seed

    def fit(self, X, y):
        """Nothing is learnt; imbalanced-learn asks whether it could be."""
        return self

    def fit_resample(self, X, y):
        """``X`` and ``y`` with the rows that were made behind the given ones."""
        classes, counts = np.unique(y, return_counts=True)
        least = 2 if self.kind == "smote" else 1
        rare = {one: counts.max() for one, count in zip(classes, counts, strict=True) if least <= count < counts.max()}
        if not rare:
            return X, y
        if self.kind == "random":
            return RandomOverSampler(sampling_strategy=rare, random_state=self.seed).fit_resample(X, y)
        neighbours = min(self.neighbours, min(np.sum(np.asarray(y) == one) for one in rare) - 1)
        return SMOTE(sampling_strategy=rare, k_neighbors=neighbours, random_state=self.seed).fit_resample(X, y)
