"""How far, in mm, the relevance of one map would have to be carried to become another's: sliced Wasserstein distance.

Maps are read as masses, by their absolute values and scaled to the same sum. Voxels are gathered into cubes, as only
their order of magnitude decides and a distance over all voxels would take minutes.
"""

import numpy as np
import ot


class Carriage:
    """Distances between maps in one mask: the cubes and the directions of projection are the same for all.

    ``mask`` (x, y, z) and ``affine`` (4, 4) to mm; cubes have sides of ``coarse`` mm, and each lies at the centre of
    its voxels. ``triples`` of directions, each at right angles, are drawn from ``seed`` (Bonneel et al. 2015, by POT).
    """

    def __init__(self, mask, affine, coarse=10.0, triples=11, seed=1):
        affine = np.asarray(affine, float)
        points = np.argwhere(mask) @ affine[:3, :3].T + affine[:3, 3]
        places = np.floor(points / coarse).astype(int)
        places -= places.min(axis=0)
        numbers = np.ravel_multi_index(places.T, places.max(axis=0) + 1)
        _, self._cubes, counts = np.unique(numbers, return_inverse=True, return_counts=True)
        self.centres = np.stack([np.bincount(self._cubes, axis) / counts for axis in points.T], axis=1)
        drawn = np.random.default_rng(seed).normal(size=(triples, 3, 3))
        self.directions = np.concatenate(np.linalg.qr(drawn)[0], axis=1)

    def masses(self, values):
        """Mass of each cube, summing to 1, of ``values`` (voxels of the mask,); None for a map without any."""
        size = np.abs(np.asarray(values, float))
        whole = size.sum()
        return np.bincount(self._cubes, size) / whole if np.isfinite(whole) and whole > 0 else None

    def distance(self, one, other):
        """Sliced 2-Wasserstein distance in mm between two `masses`; NaN where one is None.

        A map that is another one moved by d mm is d / sqrt(3) away, as directions see but their part of the way.
        """
        if one is None or other is None:
            return np.nan
        found = ot.sliced_wasserstein_distance(self.centres, self.centres, one, other, projections=self.directions, p=2)
        return float(max(found, 0))
