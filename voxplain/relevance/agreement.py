"""How far maps agree, in seven measures, for every two of them: methods, splits, seeds or subjects.

``pearson`` and ``spearman`` are correlations over the voxels of the mask; ``dice`` and ``iou`` are of the strongest
voxels by magnitude; ``ssim`` is structural similarity in 3-D; ``euclidean`` is the distance between maps divided by the
sum of their absolute values (Rieke et al. 2018); ``wasserstein`` is a sliced transport distance in mm. A map that is
constant or not finite agrees with nothing and differs from nothing: its numbers are NaN, shown as ``undefined``.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.errors import InputError, SettingsError
from voxplain.relevance.overlap import dice, iou, top_voxels
from voxplain.relevance.transport import Carriage
from voxplain.sanity.similarity import MapsInMask

MEASURES = ("pearson", "spearman", "dice", "iou", "euclidean", "wasserstein", "ssim")
DISTANCES = ("euclidean", "wasserstein")


def agreement_table(vectors, mask, affine, names, *, measures=MEASURES, top=0.05, coarse=10.0, triples=11, seed=1):
    """One row for every two maps: ``first``, ``second`` and each of ``measures``; no row for a single map.

    ``vectors`` (maps, voxels) are the values of each of ``names`` at the voxels of ``mask`` (x, y, z), in their order;
    an array on disk will do. ``top`` is the share of voxels that dice and iou compare; ``coarse`` (mm) and
    ``triples`` are those of `Carriage`, whose directions come from ``seed``. One measure after the other, each in
    memory for all maps: about 4 bytes a voxel and map, of ssim 12 for each voxel of the mask's box.
    Raises InputError for an empty mask and for vectors of other lengths, SettingsError for an unknown measure.
    """
    mask, names = np.asarray(mask) > 0, [str(name) for name in names]
    _check(vectors, mask, names, measures)
    first, second = zip(*combinations(range(len(names)), 2), strict=True) if len(names) > 1 else ((), ())
    table = pd.DataFrame({"first": [names[one] for one in first], "second": [names[one] for one in second]})
    usable = [_varies(vector) for vector in vectors]
    compare = {
        "pearson": lambda: _correlations(vectors, np.asarray),
        "spearman": lambda: _correlations(vectors, rankdata),
        "dice": lambda: _pairwise([top_voxels(vector, top) for vector in vectors], dice),
        "iou": lambda: _pairwise([top_voxels(vector, top) for vector in vectors], iou),
        "euclidean": lambda: _distances(vectors),
        "wasserstein": lambda: _carriage(vectors, Carriage(mask, affine, coarse, triples, seed)),
        "ssim": lambda: _structures(vectors, mask),
    }
    for measure in measures:
        found = compare[measure]()
        found[~np.outer(usable, usable)] = np.nan
        table[measure] = found[list(first), list(second)]
    return table


def mean_agreement(tables):
    """The mean over scans of `agreement_table` of the same names: ``first``, ``second``, measures, ``_sd``, ``scans``.

    ``tables`` holds one for each scan. NaN is left out; ``scans`` says how many had a number in the first measure.
    """
    tables = list(tables)
    if not tables:
        return pd.DataFrame(columns=["first", "second", "scans"])
    pairs = pd.concat(tables).groupby(["first", "second"], sort=False)
    means, spreads = pairs.mean(), pairs.std(ddof=1).add_suffix("_sd")
    scans = pairs[means.columns[0]].count().rename("scans")
    columns = [column for measure in means.columns for column in (measure, f"{measure}_sd")]
    return means.join(spreads)[columns].join(scans).reset_index()


def agreement_matrix(table, measure):
    """Square table of ``measure`` between all names of an `agreement_table`, in the order in which they are met.

    The diagonal is 1, and of a distance 0.
    """
    names = list(dict.fromkeys([*table["first"], *table["second"]]))
    matrix = pd.DataFrame(np.eye(len(names)) * (measure not in DISTANCES), index=names, columns=names)
    for first, second, value in zip(table["first"], table["second"], table[measure], strict=True):
        matrix.loc[first, second] = matrix.loc[second, first] = value
    return matrix


def agreement_within(table, groups, measure):
    """Mean ``measure`` between maps of the same group and of different ones: a row each, ``pairs`` and the mean.

    ``groups`` says of each name where it belongs: subjects' networks, so that one sees what the network decides.
    """
    same = np.array([groups[one] == groups[other] for one, other in zip(table["first"], table["second"], strict=True)])
    rows = [(kind, table[measure][at]) for kind, at in (("same", same), ("different", ~same.astype(bool)))]
    return pd.DataFrame({"groups": kind, "pairs": values.count(), measure: values.mean()} for kind, values in rows)


def _check(vectors, mask, names, measures):
    voxels = np.count_nonzero(mask)
    if not voxels:
        raise InputError("agreement: the mask is empty; give the brain mask of the maps' space")
    for name, vector in zip(names, vectors, strict=True):
        if np.shape(vector) != (voxels,):
            raise InputError(
                f"agreement: {name} has {np.shape(vector)} values but the mask {voxels} voxels; use one grid"
            )
    if unknown := [measure for measure in measures if measure not in MEASURES]:
        raise SettingsError(
            f'relevance: unknown measure of agreement "{unknown[0]}"; use some of {", ".join(MEASURES)}'
        )


def _varies(vector):
    return bool(np.isfinite(vector).all() and np.min(vector) < np.max(vector))


def _correlations(vectors, transform):
    standard = np.empty((len(vectors), len(vectors[0]) if len(vectors) else 0), np.float32)
    for row, vector in zip(standard, vectors, strict=True):
        values = np.asarray(transform(vector), np.float64)
        values = values - values.mean()
        length = np.linalg.norm(values)
        row[:] = values / length if np.isfinite(length) and length else 0
    return np.clip((standard @ standard.T).astype(float), -1, 1)


def _distances(vectors):
    scaled = np.stack([_scaled(vector) for vector in vectors])
    return _pairwise(scaled, lambda one, other: float(np.linalg.norm(one - other)))


def _scaled(vector):
    vector = np.asarray(vector, np.float64)
    whole = np.abs(vector).sum()
    return (vector / whole if np.isfinite(whole) and whole else vector * 0).astype(np.float32)


def _carriage(vectors, carriage):
    return _pairwise([carriage.masses(vector) for vector in vectors], carriage.distance)


def _structures(vectors, mask):
    maps = MapsInMask(mask)
    return _pairwise([maps.structure(_whole(vector, mask)) for vector in vectors], maps.ssim)


def _whole(vector, mask):
    whole = np.zeros(mask.shape, np.float32)
    whole[mask] = vector
    return whole


def _pairwise(described, compare):
    matrix = np.full((len(described), len(described)), np.nan)
    for one, other in combinations(range(len(described)), 2):
        matrix[one, other] = matrix[other, one] = compare(described[one], described[other])
    return matrix
