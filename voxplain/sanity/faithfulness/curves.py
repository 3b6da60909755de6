"""Curves of the network's answer while voxels are taken out of a scan, or put back, in the order of a map.

Deletion begins with the whole scan and puts a fill where the most relevant voxels were; insertion begins with the fill
and puts the most relevant voxels in (Petsiuk, Das and Saenko, RISE, 2018, arXiv 1806.07421; Samek et al. 2017).
"""

import numpy as np
import torch

# Answers to the whole and to the empty scan that are this much alike, relative to their size, leave nothing to share
ALIKE = 1e-6


def deleted(volume, fill, path):
    """Yield ``volume`` (channels, x, y, z) at each stop of ``path``, with ``fill`` where voxels were taken."""
    places = torch.from_numpy(path.places)
    for stop in path.stops:
        yield torch.where(places < stop, fill, volume)


def inserted(volume, fill, path):
    """Yield ``volume`` at each stop of ``path`` with ``fill`` where voxels were not yet taken, of those to be taken."""
    places = torch.from_numpy(path.places)
    for stop in path.stops:
        yield torch.where((places >= stop) & (places < path.count), fill, volume)


def emptied(volume, fill, region):
    """``volume`` (channels, x, y, z) with ``fill`` all over ``region`` (x, y, z)."""
    return torch.where(torch.from_numpy(region), fill, volume)


def normalised(scores, whole, empty):
    """``scores`` as a share of the way from the answer ``empty`` (0) to the answer ``whole`` (1); NaN without a way."""
    way = whole - empty
    if not np.isfinite(way) or abs(way) <= ALIKE * max(abs(whole), abs(empty)):
        return np.full(np.shape(scores), np.nan)
    return (np.asarray(scores, float) - empty) / way


def whole_curve(kind, shares, values):
    """``shares`` and normalised ``values`` with the ends that are known: 1 to 0 of a deletion, 0 to 1 of an insertion.

    ``road`` has no end, since nothing is left to impute from: it goes no further than its last stop.
    """
    undefined = np.nan if np.isnan(values).any() else 0.0
    first, last = (0.0, 1.0) if kind == "insertion" else (1.0, 0.0)
    shares, values = np.r_[0.0, shares], np.r_[first + undefined, values]
    return (shares, values) if kind == "road" else (np.r_[shares, 1.0], np.r_[values, last + undefined])


def area(shares, values):
    """Area under ``values`` over ``shares`` by trapezia, over the length of ``shares``: a mean height."""
    return float(np.trapezoid(values, shares) / (shares[-1] - shares[0]))
