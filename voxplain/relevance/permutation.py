"""Where maps of subjects differ, against orders of the subjects in which they cannot.

The networks are what they are: subjects change places among those that the same network was tested on, so the p-values
say what is rare among such subjects, given these networks, and nothing of networks that would be trained anew.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from voxplain.errors import SettingsError
from voxplain.insight.corrections import false_discoveries
from voxplain.relevance.clusters import clusters, enhanced
from voxplain.relevance.contrasts import degrees_of_freedom, effects, t_maps, true_order
from voxplain.relevance.exchange import flipped, least_p, rearranged, ways
from voxplain.relevance.multiple_tests import familywise_p

TESTS = ("cluster_size", "cluster_mass", "tfce", "voxel")
BATCH_BYTES = 2**27


@dataclass(frozen=True, eq=False)
class Contrast:
    """A comparison's maps, (x, y, z) float32, zero (p and q: one) outside of ``mask``, and what to know of it.

    ``effect`` in the maps' unit, ``t``, two-sided ``p`` of each voxel by permutation, ``q`` its false discovery rate,
    ``p_voxel`` and ``p_test`` corrected for all voxels by the largest |t| and by the largest cluster size, mass or
    enhanced value, as ``test`` says. ``threshold`` is the |t| that makes a cluster. ``asked`` says what is positive.
    """

    asked: str
    test: str
    threshold: float
    mask: np.ndarray
    effect: np.ndarray
    t: np.ndarray
    p: np.ndarray
    q: np.ndarray
    p_voxel: np.ndarray
    p_test: np.ndarray
    subjects: int
    permutations: int
    notes: list


def compare(maps, design, *, test="cluster_size", permutations=1000, threshold=0.001, seed=1):
    """The `Contrast` of ``design`` in the `SubjectMaps` ``maps``; two-sided throughout.

    ``test`` is one of `TESTS`; ``threshold`` is the two-sided p, by Student's t, at which clusters are cut out.
    Permutations pass in batches and voxels in blocks, so that memory grows with neither. SettingsError for other tests.
    """
    if test not in TESTS:
        raise SettingsError(f'relevance.statistics.test: "{test}" is unknown; use one of {", ".join(TESTS)}')
    cut = float(stats.t.isf(threshold / 2, degrees_of_freedom(design)))
    measure = _Extent(maps, test, cut)
    observed = t_maps(maps, design, true_order(design))[0]
    extents = measure.of(observed)
    reached, largest, largest_extent = np.zeros(len(observed), int), [], []
    orders = _orders(design, permutations, seed)
    wide = max(1, BATCH_BYTES // (8 * max(1, len(observed))))
    for start in range(0, permutations, wide):
        drawn = t_maps(maps, design, orders[start : start + wide])
        size = np.abs(drawn)
        reached += (size >= np.abs(observed) * (1 - 1e-6)).sum(0)
        largest.extend(size.max(1))
        largest_extent.extend(measure.of(one).max() for one in drawn)
    p = (1 + reached) / (1 + permutations)
    volumes = {
        "effect": maps.volume(effects(maps, design)),
        "t": maps.volume(observed),
        "p": _ones_outside(maps, p),
        "q": _ones_outside(maps, false_discoveries(p)),
        "p_voxel": _ones_outside(maps, familywise_p(np.abs(observed), largest)),
        "p_test": _ones_outside(maps, familywise_p(extents, largest_extent)),
    }
    notes = _notes(maps, design, permutations)
    return Contrast(
        design.asked, test, cut, maps.mask, **volumes, subjects=len(design.rows), permutations=permutations, notes=notes
    )


class _Extent:
    """What of a map of t a test takes the largest of, at every voxel of the mask."""

    def __init__(self, maps, test, cut):
        where = [np.flatnonzero(maps.mask.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
        self.box = tuple(slice(one[0], one[-1] + 1) for one in where)
        self.mask, self.test, self.cut = maps.mask[self.box], test, cut

    def of(self, t):
        if self.test == "voxel":
            return np.abs(t)
        whole = np.zeros(self.mask.shape, np.float32)
        whole[self.mask] = t
        if self.test == "tfce":
            return np.abs(enhanced(whole))[self.mask]
        numbers, sizes, masses = clusters(whole, self.cut)
        return np.append(0.0, sizes if self.test == "cluster_size" else masses)[numbers[self.mask]]


def _orders(design, permutations, seed):
    if design.signs:
        return flipped(design.groups, permutations, seed)
    return rearranged(design.strata, design.groups, permutations, seed)


def _ones_outside(maps, values):
    whole = np.ones(maps.mask.shape, np.float32)
    whole[maps.mask] = values
    return whole


def _notes(maps, design, permutations):
    networks = f"{len(maps.splits)} splits" + (f" and {len(maps.seeds)} seeds each" if len(maps.seeds) > 1 else "")
    notes = [f"all p are conditional on the networks of {networks}: networks trained anew may differ", *design.notes]
    number = len(set(design.groups)) * np.log(2) if design.signs else ways(design.strata, design.groups, design.tested)
    least = least_p(number, permutations)
    if least > 1 / (1 + permutations):
        notes.append(f"so few subjects can change places that no p-value falls below {least:.3g}")
    if maps.undefined:
        notes.append(f"maps that were not finite and left out: {maps.undefined}")
    return notes
