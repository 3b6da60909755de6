"""What can be told without a network: from the size of the brain, and from what lies outside it."""

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from voxplain.baselines.out_of_fold import out_of_fold, told_by


def size_baseline(scans, folds, column, classes=2):
    """Out-of-fold predictions from one brain volume a scan, ``column`` of ``scans``, by logistic regression.

    With ``classes`` None the label is an amount, and the model a straight line. The size-only baseline of an experiment
    uses the volume in that experiment's own input, after its transform. Each split's model, standardisation included,
    is fitted on its training and validation scans. Scans without a value are left out. Columns: scan, subject, group,
    split, seed, label, predicted, and of classes probability_<k>, 0 for a class that the split does not train on.
    """
    values = scans.set_index("scan")[column].dropna().to_dict()
    return _from_one_number(values, folds, classes)


def outside_baseline(volumes, folds, classes=2):
    """The same from the mean intensity outside the brain of unmasked ``volumes``, as those of the head are packed."""
    return _from_one_number(outside_means(volumes), folds, classes)


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


def _from_one_number(values, folds, classes):
    known = folds[folds["scan"].isin(values)]

    def fitted_on(rows):
        model = make_pipeline(StandardScaler(), LogisticRegression() if classes else LinearRegression())
        model.fit(_column(rows, values), rows["label"])
        return lambda held_out: told_by(model, _column(held_out, values), classes)

    return out_of_fold(known, fitted_on, classes)


def _column(rows, values):
    return np.array([[values[scan]] for scan in rows["scan"]])
