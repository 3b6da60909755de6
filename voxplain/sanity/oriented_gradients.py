"""Histograms of oriented gradients of maps in three dimensions (Dalal and Triggs 2005; in space Kläser et al. 2008).

The sanity checks of Adebayo et al. 2018 compare maps by them too: they tell where a map has edges and which way these
run, whatever its scale and its sign.
"""

from itertools import product

import numpy as np
from scipy.ndimage import binary_erosion

CELL = 8
# one of each two opposite ways to the 26 neighbours of a voxel, of length 1
DIRECTIONS = np.array([way for way in product((-1, 0, 1), repeat=3) if way > (0, 0, 0)], float)
DIRECTIONS /= np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)


class GradientsInMask:
    """The histograms of maps inside one mask ``inside`` (x, y, z), in cubes of ``cell`` voxels.

    A voxel counts whose six neighbours lie in the mask as well, so that the border of the mask is no edge of the map.
    """

    def __init__(self, inside, cell=CELL):
        self.places = np.nonzero(binary_erosion(inside))
        cells = [at // cell for at in self.places]
        names = np.ravel_multi_index(cells, [length // cell + 1 for length in inside.shape])
        found, self.cells = np.unique(names, return_inverse=True)
        self.count = len(found)

    def described(self, values):
        """The histograms of ``values`` (x, y, z) in a row, (cells * 13,), with mean 0 and length 1; None without any.

        A voxel adds the length of its gradient, by central differences, to the direction that lies nearest to it,
        either way round; the histogram of a cell has length 1, or 0 where the map is flat.
        """
        slopes = np.stack([self._slope(values, axis) for axis in range(3)], axis=1)
        if not np.isfinite(slopes).all() or not slopes.any():
            return None
        nearest = np.abs(slopes @ DIRECTIONS.T).argmax(1)
        sums = np.bincount(
            self.cells * len(DIRECTIONS) + nearest,
            np.linalg.norm(slopes, axis=1),
            minlength=self.count * len(DIRECTIONS),
        ).reshape(self.count, -1)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        flat = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0).ravel()
        flat -= flat.mean()
        length = np.linalg.norm(flat)
        return flat / length if length > 0 else None

    def _slope(self, values, axis):
        before, behind = (
            tuple(at + step * (place == axis) for place, at in enumerate(self.places)) for step in (-1, 1)
        )
        return (values[behind].astype(float) - values[before]) / 2
