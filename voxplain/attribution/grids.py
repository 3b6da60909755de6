"""From coarse cells to voxels, one small matrix per axis."""

import torch


def spread(values, matrices):
    """(batch, *cells) times one (voxels, cells) matrix per axis: (batch, *voxels)."""
    for axis, matrix in enumerate(matrices, 1):
        matrix = matrix.to(values)
        values = torch.tensordot(values, matrix, dims=([axis], [1])).movedim(-1, axis)
    return values


def linear_weights(length, cells, first, step, field):
    """(length, cells): linear interpolation at each voxel between cells at ``first + step * i``, in voxels.

    Before the first and after the last cell their value is kept as far as their fields, ``field`` voxels long, reach;
    a voxel that no field holds gets nothing.
    """
    voxels = torch.arange(length, dtype=torch.float64)
    at = ((voxels - first) / step).clamp(0, cells - 1)
    below = at.floor().long().clamp(max=max(cells - 2, 0))
    share = at - below
    weights = torch.zeros(length, cells, dtype=torch.float64)
    rows = torch.arange(length)
    weights[rows, below] += 1 - share
    if cells > 1:
        weights[rows, below + 1] += share
    reach = (field - 1) / 2
    seen = (voxels >= first - reach) & (voxels <= first + step * (cells - 1) + reach)
    return weights * seen[:, None]
