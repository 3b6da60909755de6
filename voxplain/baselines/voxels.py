"""Kernel methods on flattened voxels: support vector machines, and neighbours among kernel principal components."""

import numpy as np
import pandas as pd
from scipy.special import expit, softmax
from sklearn.decomposition import KernelPCA
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, SVR

from voxplain.baselines.beside import beside_columns, fitted_beside, spelled_columns
from voxplain.baselines.chosen import best_on_validation
from voxplain.baselines.gram import rbf_kernel, standardised_grams
from voxplain.baselines.out_of_fold import no_predictions, out_of_fold, told_by
from voxplain.baselines.residuals import confound_values
from voxplain.baselines.written import Baseline
from voxplain.store import Volumes

TOLD = {
    "svc_rbf": "every voxel, by a support vector machine with a Gaussian kernel",
    "svc_linear": "every voxel, by a linear support vector machine",
    "kernel_pca_knn": "kernel principal components of every voxel, by nearest neighbours",
}


def voxel_baselines(names, store, folds, scans, *, mask, kernels, classes=2, label_column=""):
    """A Baseline for each of ``names`` (svc_rbf, svc_linear, kernel_pca_knn), all from the same inner products.

    store: the path of the packed store; folds: the table of folds; scans: that of all scans. ``mask`` is the
    experiment's, ``kernels`` the settings of that name. Scaler, kernel and model are fitted on the training scans of a
    split; its validation scans choose among several C or numbers of neighbours and nothing else. Of a regression
    (``classes`` None) these are SVR, by labels standardised among the training scans, and the mean of the neighbours.
    A support vector machine says no probabilities: ``probability_<k>`` are a logistic function of its decision values,
    which rank scans and are not calibrated.
    """
    folds = folds[folds["scan"].isin(Volumes(store).scans)]
    packed = folds["scan"].unique().tolist()
    trained = {split: rows.loc[rows["role"] == "train", "scan"].tolist() for split, rows in folds.groupby("split")}
    trained = {split: names for split, names in trained.items() if names}
    columns, notes = spelled_columns(scans, kernels["residualise"], label_column, "residualise")
    cells = scans.set_index("scan").reindex(packed)
    told = {split: confound_values(cells, cells.loc[names], columns) for split, names in trained.items()}
    grams = standardised_grams(store, packed, trained, mask, told if columns else None)
    if columns:
        notes.append(f"a straight line in {', '.join(columns)}, of training scans, is taken off every voxel")
    return [_baseline(name, grams, packed, folds, scans, kernels, classes, label_column, notes) for name in names]


def _baseline(name, grams, packed, folds, scans, kernels, classes, label_column, said):
    place = {scan: number for number, scan in enumerate(packed)}
    beside, notes, chosen = pd.DataFrame(index=packed), [], {}
    if name == "kernel_pca_knn":
        beside, notes = beside_columns(scans, packed, kernels["beside"], label_column)
    folds = folds[folds["scan"].isin(beside.index)]

    def fitted_on(rows):
        split, train = rows["split"].iloc[0], rows[rows["role"] == "train"]
        if split not in grams or (classes and train["label"].nunique() < 2):
            return None
        at = [place[scan] for scan in train["scan"]]
        kernel = grams[split] if name == "svc_linear" else rbf_kernel(grams[split], at)
        if kernel is None:
            return None

        def seen(these):
            return kernel[np.ix_([place[scan] for scan in these["scan"]], at)]

        validation = rows[rows["role"] == "validation"]
        if name == "kernel_pca_knn":
            models, shown = _neighbours(seen, train, beside, kernels, classes)
        else:
            models, shown = _machines(seen, train, kernels, classes), seen
        told = {key: model.predict(shown(validation)) for key, model in models.items()} if len(validation) else {}
        chosen[split] = best_on_validation(told or models, validation["label"], classes)
        return lambda held_out: _said(models[chosen[split]], shown(held_out), classes)

    predictions = out_of_fold(folds, fitted_on, classes) if len(folds) else no_predictions(classes)
    used = ("components", "neighbours", "beside") if name == "kernel_pca_knn" else ("c",)
    settings = {one: kernels[one] for one in (*used, "residualise")} | {"chosen": chosen}
    return Baseline(name, "voxels", TOLD[name], predictions, "; ".join([*said, *notes]), settings)


def _machines(seen, train, kernels, classes):
    fitted, labels = {}, train["label"].to_numpy()
    for c in kernels["c"]:
        how = {"C": c, "kernel": "precomputed"}
        machine = SVC(break_ties=True, **how) if classes else _Standardised(SVR(**how))
        fitted[c] = machine.fit(seen(train), labels)
    return fitted


def _neighbours(seen, train, beside, kernels, classes):
    count = min(kernels["components"], len(train) - 1) or 1
    reduced = KernelPCA(count, kernel="precomputed").fit(seen(train))
    known = fitted_beside(beside, train["scan"])

    def shown(these):
        return np.hstack([reduced.transform(seen(these)), known(these["scan"])])

    kind = KNeighborsClassifier if classes else KNeighborsRegressor
    near = [one for one in kernels["neighbours"] if one <= len(train)] or [1]
    return {one: kind(one).fit(shown(train), train["label"]) for one in near}, shown


def _said(model, values, classes):
    if not classes or hasattr(model, "predict_proba"):
        return told_by(model, values, classes)
    decision = model.decision_function(values)
    told = softmax(decision, 1) if decision.ndim > 1 else np.stack([expit(-decision), expit(decision)], 1)
    return model.predict(values), model.classes_, told


class _Standardised:
    """A regression of labels that are standardised among those it is fitted on."""

    def __init__(self, model):
        self.model = model

    def fit(self, values, labels):
        self.mean, self.sd = labels.mean(), labels.std() or 1.0
        self.model.fit(values, (labels - self.mean) / self.sd)
        return self

    def predict(self, values):
        return self.model.predict(values) * self.sd + self.mean
