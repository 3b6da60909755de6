"""What can be told without a network: from the size of the brain, and from what lies outside it."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def size_baseline(scans, folds, column):
    """Out-of-fold predictions from one brain volume a scan, ``column`` of ``scans``, by logistic regression.

    The size-only baseline of an experiment uses the volume in that experiment's own input, after its transform. Each
    split's model, standardisation included, is fitted on its training and validation scans. Scans without a value
    are left out. Columns: scan, subject, split, seed, label, predicted, probability_0, probability_1.
    """
    values = scans.set_index("scan")[column].dropna().to_dict()
    return _out_of_fold(values, folds)


def outside_baseline(volumes, folds):
    """The same from the mean intensity outside the brain of unmasked ``volumes``, as those of the head are packed."""
    return _out_of_fold(outside_means(volumes), folds)


def outside_means(volumes):
    """Mean intensity outside each scan's brain mask, in the packed volume's unit; volumes must not be masked."""
    if volumes.masked:
        raise ValueError("volumes are masked, nothing is left outside the brain")
    channels = volumes.intensities or slice(None)
    return {
        scan: float(volumes[place][channels][:, volumes.mask(place) == 0].double().mean())
        for place, scan in enumerate(volumes.scans)
    }


def _out_of_fold(values, folds):
    known = folds[folds["scan"].isin(values)]
    tables = []
    for split, rows in known.groupby("split", sort=False):
        test = rows["role"].eq("test")
        fitted, held_out = rows[~test], rows[test]
        if held_out.empty or fitted["label"].nunique() < 2:
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression())
        model.fit(_column(fitted, values), fitted["label"])
        probability = model.predict_proba(_column(held_out, values))
        table = held_out[["scan", "subject"]].assign(split=split, seed=0, label=held_out["label"])
        table["predicted"] = model.predict(_column(held_out, values))
        tables.append(table.assign(probability_0=probability[:, 0], probability_1=probability[:, 1]))
    columns = ["scan", "subject", "split", "seed", "label", "predicted", "probability_0", "probability_1"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _column(rows, values):
    return np.array([[values[scan]] for scan in rows["scan"]])
