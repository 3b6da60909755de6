"""What each region of an atlas holds in each scan: the table that simple models of a network are made from."""

import numpy as np
import pandas as pd

from voxplain.errors import InputError


def region_means(volumes, labels, names, mask=None):
    """Mean of every region in every scan of ``volumes``: a data frame, its index the scan, a column a region.

    ``labels`` (x, y, z) are whole numbers, 0 for no region, on the grid of the volumes, and ``names`` the regions' by
    label, as an atlas has them. ``mask`` (x, y, z) says which voxels count; all by default. Of several channels each
    region has a column each, ``hippocampus (channel 1)``. Regions without a voxel that counts have none. The unit is
    that of the volumes as the network is shown them. One volume is in memory at a time.
    Raises InputError where the grid is another, scans share no space, or no region is left.
    """
    labels = np.asarray(labels)
    if labels.shape != tuple(volumes.shape):
        raise InputError(f"atlas: shape {labels.shape} but the volumes have {volumes.shape}; bring it to their grid")
    if getattr(volumes, "affines", None) is not None:
        raise InputError("atlas: the scans lie each in a space of its own, where its labels mean nothing; use measures")
    inside = (labels > 0) if mask is None else (labels > 0) & (np.asarray(mask) > 0)
    index, codes = np.unique(labels[inside], return_inverse=True)
    if not len(index):
        raise InputError("atlas: no region has a voxel that counts; give an atlas in the space of the volumes")
    unnamed = [int(one) for one in index if int(one) not in names]
    if unnamed:
        raise InputError(f"atlas: label {unnamed[0]} has no name; add it to the table of names")
    counts = np.bincount(codes)
    rows = []
    for volume in volumes:
        channels = np.asarray(volume, np.float64)
        rows.append([np.bincount(codes, one[inside]) / counts for one in channels])
    regions = [names[int(one)] for one in index]
    channels = range(volumes.channels)
    columns = [f"{one} (channel {place})" for place in channels for one in regions] if len(channels) > 1 else regions
    made = np.array(rows, float).reshape(len(volumes), len(columns))
    return pd.DataFrame(made, index=pd.Index(list(volumes.scans), name="scan"), columns=columns)
