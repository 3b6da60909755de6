"""What a linear model can tell of a column from features, cross-validated: a probe.

Alain, Bengio, Understanding intermediate layers using linear classifier probes, arXiv 1610.01644.
"""

import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from voxplain.insight.permuted import beside_chance, exchanged, is_amount

LEAST_GROUPS = 2


def probe(values, column, groups=None, *, before=None, folds=5, draws=50, seed=1):
    """How well ``column`` is told from ``values`` (n, d) by a linear model, in folds that divide no group.

    column: (n,) numbers or classes, see `is_amount`; groups: (n,) subjects or families, each row its own by default;
    before: a transformer of scikit-learn, such as an embedding's, that is fitted on the rows of each fold's training
    alone, as is the standardisation. Classes are told by logistic regression that weighs them alike and judged by the
    balanced accuracy of all held-out rows, amounts by a ridge and R2, both with a penalty of 1.

    A dict of measure, n, folds, note and what `beside_chance` has, chance by ``draws`` permutations of the column; nan,
    and a note of why, where a class is in fewer than two groups, or the column or every feature is constant.
    """
    values, column = np.asarray(values, float), pd.Series(np.asarray(column))
    groups = np.arange(len(values)) if groups is None else pd.factorize(np.asarray(groups))[0]
    amount = is_amount(column)
    told = column.to_numpy(float) if amount else pd.factorize(column, sort=True)[0]
    folds = min(folds, _groups_to_divide(told, groups, amount))
    row = {"measure": "r2" if amount else "balanced_accuracy", "n": len(values), "folds": folds, "note": ""}
    why = _undefined(values, told, folds)
    if why:
        return row | beside_chance(np.nan, []) | {"folds": 0, "note": why}
    kind = GroupKFold if amount else StratifiedGroupKFold
    parts = [
        (train, test, *_shown(values, train, test, before))
        for train, test in kind(folds, shuffle=True, random_state=seed).split(values, told, groups)
        if len(test)
    ]
    value, *drawn = (_score(parts, one, amount) for one in (told, *told[exchanged(groups, draws, seed)]))
    return row | beside_chance(value, drawn)


def _groups_to_divide(told, groups, amount):
    if amount:
        return len(set(groups.tolist()))
    return min((len(set(groups[told == one].tolist())) for one in np.unique(told)), default=0)


def _undefined(values, told, folds):
    if len(np.unique(told)) < 2:
        return "the column has one value alone"
    if folds < LEAST_GROUPS:
        return "a class is in fewer than two subjects or families"
    return "" if np.ptp(values, 0).any() else "all scans have the same features"


def _shown(values, train, test, before):
    # turned to as many axes as there are rows, where the same penalty gives the same model
    steps = [*([clone(before)] if before is not None else []), StandardScaler(), PCA(svd_solver="full")]
    pipeline = make_pipeline(*steps).fit(values[train])
    return pipeline.transform(values[train]), pipeline.transform(values[test])


def _score(parts, told, amount):
    said = np.zeros(len(told))
    for train, test, known, asked in parts:
        said[test] = _model(known, told[train], amount).predict(asked) if np.ptp(told[train]) else told[train][0]
    if amount:
        return r2_score(told, said)
    return np.mean([np.mean(said[told == one] == one) for one in np.unique(told)])


def _model(known, told, amount):
    if amount:
        return Ridge().fit(known, told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(class_weight="balanced", max_iter=1000).fit(known, told)
