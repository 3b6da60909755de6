"""Axis-aligned grids in millimetres (RAS), and values of one grid at points of another."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

HEAD_LOW = (-96.0, -128.0, -136.0)
HEAD_SIZE = (192.0, 240.0, 236.0)


@dataclass(frozen=True)
class Grid:
    """A box of voxels: position of its first voxel centre (mm), voxel size (mm), shape."""

    origin: tuple[float, float, float]
    spacing: float
    shape: tuple[int, int, int]

    @property
    def affine(self):
        """Voxel indices to millimetres, (4, 4)."""
        affine = np.diag([self.spacing, self.spacing, self.spacing, 1.0])
        affine[:3, 3] = self.origin
        return affine

    def points(self):
        """Position of every voxel centre in mm, (3, x, y, z) float32."""
        axes = [
            first + self.spacing * np.arange(length, dtype=np.float32)
            for first, length in zip(self.origin, self.shape, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)

    def indices(self, points):
        """Voxel coordinates of ``points`` (3, ...) in mm."""
        origin = np.asarray(self.origin, np.float32).reshape(3, *[1] * (points.ndim - 1))
        return (points - origin) / np.float32(self.spacing)


def head_grid(spacing):
    """Grid at ``spacing`` mm around a whole head with its neck; the same box, up to a voxel, at every spacing."""
    return Grid(
        tuple(low + spacing / 2 for low in HEAD_LOW),
        float(spacing),
        tuple(int(size // spacing) for size in HEAD_SIZE),
    )


LATTICE = head_grid(4.0)


def resampled(volume, grid, target):
    """``volume`` (on ``grid``) on the grid ``target``, linearly one axis after another; beyond its edge the edge."""
    for axis in range(3):
        position = target.origin[axis] - grid.origin[axis] + target.spacing * np.arange(target.shape[axis])
        position = np.clip(position / grid.spacing, 0, grid.shape[axis] - 1)
        lower = np.minimum(position.astype(int), grid.shape[axis] - 2)
        share = (position - lower).astype(np.float32).reshape([-1 if k == axis else 1 for k in range(3)])
        below, above = np.take(volume, lower, axis), np.take(volume, lower + 1, axis)
        volume = below + share * (above - below)
    return volume


def values_at(volume, grid, points, outside="constant"):
    """Linear interpolation of ``volume`` (on ``grid``) at ``points`` (3, ...) in mm; zero or nearest outside."""
    return ndimage.map_coordinates(volume, grid.indices(points), order=1, mode=outside, output=np.float32)


def vectors_at(field, grid, points):
    """Linear interpolation of a vector field (3, x, y, z) at ``points``; beyond the grid its nearest vector."""
    indices = grid.indices(points)
    return np.stack(
        [ndimage.map_coordinates(part, indices, order=1, mode="nearest", output=np.float32) for part in field]
    )
