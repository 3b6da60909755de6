"""What can be told without a network: from the size of the brain, and from what lies outside it."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from voxplain.training.predictions import COLUMNS


def size_baseline(scans, folds, column, classes=2):
    """Out-of-fold predictions from one brain volume a scan, ``column`` of ``scans``, by logistic regression.

    With ``classes`` None the label is an amount, and the model a straight line. The size-only baseline of an experiment
    uses the volume in that experiment's own input, after its transform. Each split's model, standardisation included,
    is fitted on its training and validation scans. Scans without a value are left out. Columns: scan, subject, group,
    split, seed, label, predicted, and of classes probability_<k>, 0 for a class that the split does not train on.
    """
    values = scans.set_index("scan")[column].dropna().to_dict()
    return _out_of_fold(values, folds, classes)


def outside_baseline(volumes, folds, classes=2):
    """The same from the mean intensity outside the brain of unmasked ``volumes``, as those of the head are packed."""
    return _out_of_fold(outside_means(volumes), folds, classes)


def outside_means(volumes):
    """Mean intensity outside each scan's brain mask, in the packed volume's unit; volumes must not be masked.

    A scan whose mask leaves nothing outside has none.
    """
    if volumes.masked:
        raise ValueError("volumes are masked, nothing is left outside the brain")
    channels, means = volumes.intensities or slice(None), {}
    for place, scan in enumerate(volumes.scans):
        outside = volumes[place][channels][:, volumes.mask(place) == 0]
        if outside.numel():
            means[scan] = float(outside.double().mean())
    return means


def _out_of_fold(values, folds, classes):
    known = folds[folds["scan"].isin(values)]
    known = known if "group" in known else known.assign(group=known["subject"])
    tables = []
    for split, rows in known.groupby("split", sort=False):
        test = rows["role"].eq("test")
        fitted, held_out = rows[~test], rows[test]
        if held_out.empty or fitted.empty or (classes and fitted["label"].nunique() < 2):
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression() if classes else LinearRegression())
        model.fit(_column(fitted, values), fitted["label"])
        table = held_out[["scan", "subject", "group"]].assign(split=split, seed=0, label=held_out["label"])
        table["predicted"] = model.predict(_column(held_out, values))
        tables.append(table.assign(**_probabilities(model, _column(held_out, values), classes)))
    columns = [*COLUMNS, *(f"probability_{one}" for one in range(classes or 0))]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _probabilities(model, values, classes):
    if not classes:
        return {}
    told = dict(zip(model.classes_, model.predict_proba(values).T, strict=True))
    return {f"probability_{one}": told.get(one, np.zeros(len(values))) for one in range(classes)}


def _column(rows, values):
    return np.array([[values[scan]] for scan in rows["scan"]])
