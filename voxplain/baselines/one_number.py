"""What can be told without a network: from the size of the brain, and from what lies outside it."""

import pandas as pd

from voxplain.baselines.from_features import from_features


def size_baseline(scans, folds, column, classes=2):
    """Out-of-fold predictions from one brain volume a scan, ``column`` of ``scans``, see `from_features`.

    With ``classes`` None the label is an amount, and the model a straight line. The size-only baseline of an experiment
    uses the volume in that experiment's own input, after its transform. Scans without a value are left out.
    """
    return from_features(scans.set_index("scan")[[column]].astype(float), folds, classes)


def outside_baseline(volumes, folds, classes=2):
    """The same from the mean intensity outside the brain of unmasked ``volumes``, as those of the head are packed."""
    return from_features(pd.Series(outside_means(volumes), dtype=float).to_frame("outside"), folds, classes)


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
