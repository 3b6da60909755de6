"""From the cells of a layer to the grid of the volume, with or without a mask of the voxels that count."""

import torch

from voxplain.attribution.grids import linear_weights, spread
from voxplain.errors import InputError, SettingsError
from voxplain.networks.options import check_choice

PLACEMENTS = ("field", "stretch")


def placed(cells, volumes, fields=None, mask=None, keep="values"):
    """``cells`` (batch, *cells) on the grid of ``volumes`` and shaped like them, the same for each of their channels.

    ``fields`` are the receptive fields of the cells: each stands at the centre of its own, between them the map is
    interpolated linearly, and where no cell looks it is zero; without ``fields`` the cells are stretched over the
    volume. A ``mask`` (see `inside`) makes every voxel in it the mean of the cells around, weighted by how near they
    are and by the share of the mask among the voxels that they reach; outside it the map is zero. ``keep="sum"`` shares
    each cell's value out over its voxels, so that the sum stays that of the cells that have any; ``"mean"`` the mean.
    """
    matrices = _matrices(cells.shape[1:], volumes.shape[2:], fields)
    held = inside(mask, volumes)
    if keep == "values":
        found = spread(cells, matrices) if held is None else _in_mask(cells, matrices, held)
    else:
        found = _shared_out(cells, matrices, held)
    if keep == "mean":
        found = found * (volumes[0, 0].numel() / cells[0].numel())
    return found[:, None].expand_as(volumes).clone()


def inside(mask, volumes):
    """The voxels that count, 1 or 0 in (batch, *spatial), or None for all.

    ``mask`` is None, ``"nonzero"`` (where any channel of a volume is not zero), or a tensor (*spatial) or
    (batch, *spatial) that is not zero there. Raises SettingsError, InputError for a tensor that does not fit.
    """
    if mask is None:
        return None
    if isinstance(mask, torch.Tensor):
        shape = tuple(mask.shape)
        if shape not in (tuple(volumes.shape[2:]), (len(volumes), *volumes.shape[2:])):
            raise InputError(f"mask has shape {shape}, the volumes {tuple(volumes.shape)}; give one of their grid")
        return (mask != 0).to(volumes).expand(len(volumes), *volumes.shape[2:])
    if mask != "nonzero":
        raise SettingsError(f'mask is {mask!r}; use "nonzero", a tensor on the grid of the volumes, or nothing')
    return (volumes != 0).any(1).to(volumes)


def check_placement(placement):
    """Raise SettingsError when ``placement`` is none."""
    check_choice("placement", placement, PLACEMENTS)


def _matrices(cells, shape, fields):
    """One (voxels, cells) matrix per axis."""
    if fields is None:
        steps = [length / count for length, count in zip(shape, cells, strict=True)]
        axes = zip(shape, cells, [(step - 1) / 2 for step in steps], steps, [float("inf")] * len(shape), strict=True)
    else:
        axes = zip(shape, cells, fields.first, fields.step, fields.length, strict=True)
    return [linear_weights(*one) for one in axes]


def _in_mask(cells, matrices, held):
    back = [matrix.T for matrix in matrices]
    reached = spread(torch.ones_like(held), back)
    weights = spread(held, back) / reached.where(reached > 0, 1)
    total = spread(weights, matrices)
    return spread(weights * cells, matrices) / total.where(total > 0, 1) * held


def _shared_out(cells, matrices, held):
    matrices = [_with_a_voxel_for_each(matrix) for matrix in matrices]
    held = torch.ones_like(spread(cells, matrices)) if held is None else held
    total = spread(held, [matrix.T for matrix in matrices])
    return spread(cells / total.where(total > 0, 1), matrices) * held


def _with_a_voxel_for_each(matrix):
    """``matrix`` in which a cell that reaches no voxel, as behind wide padding, has the one at its end of the axis."""
    matrix = matrix.clone()
    lost = matrix.sum(0) == 0
    half = torch.arange(matrix.shape[1]) >= matrix.shape[1] / 2
    matrix[0, lost & ~half] = 1
    matrix[-1, lost & half] = 1
    return matrix
