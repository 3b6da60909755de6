"""How well an autoencoder rebuilds each scan, beside the mean of the scans that it learned from."""

import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.insight.vae import decoded


def mean_volume(volumes):
    """Mean (channels, x, y, z) float64 of ``volumes``, one at a time. Raises `InputError` where there is none."""
    if not len(volumes):
        raise InputError("there is no training scan to take the mean of; look at the ledger")
    total = 0.0
    for volume in volumes:
        total = total + volume.numpy().astype(np.float64)
    return total / len(volumes)


def reconstruction_table(network, volumes, codes, mean, batch=4):
    """A row for each scan of ``volumes``: its mean squared error rebuilt from the mean of its code.

    ``codes`` are the `Codes` of the same scans and ``mean`` (channels, x, y, z) the mean training scan. ``error`` is
    over all voxels and ``error_brain`` over those of the scan's mask, in the squared unit of the volumes; ``of_mean``
    and ``of_mean_brain`` are those of the mean volume shown in place of any rebuilding, and ``explained`` (``_brain``)
    is 1 - error / of_mean: 0 and below, nothing of the scan itself was kept. ``divergence``: KL of its code from its
    prior, in nats. NaN where there is no brain or nothing to explain.
    Raises `InputError` where codes are of other scans.
    """
    if list(volumes.scans) != codes.scans:
        raise InputError("codes are of other scans than the volumes; encode the volumes that are to be rebuilt")
    rows = []
    divergences = codes.divergences.astype(float).sum(axis=1)
    for place, rebuilt in enumerate(decoded(network, codes.means, batch)):
        volume, inside = volumes[place].numpy().astype(np.float64), volumes.mask(place).numpy() > 0
        row = {"scan": codes.scans[place], "subject": codes.subjects[place]}
        for name, other in (("error", rebuilt), ("of_mean", mean)):
            squares = (volume - other) ** 2
            row[name] = squares.mean()
            row[f"{name}_brain"] = squares[:, inside].mean() if inside.any() else np.nan
        for part in ("", "_brain"):
            level = row[f"of_mean{part}"]
            row[f"explained{part}"] = 1 - row[f"error{part}"] / level if level > 0 else np.nan
        rows.append(row | {"divergence": divergences[place]})
    return pd.DataFrame(rows)
