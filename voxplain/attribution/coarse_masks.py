"""Masks of few cells laid smoothly over a volume, and what a mask and its volume are penalised by and moved with."""

import torch
import torch.nn.functional as F


def mask_matrices(shape, scale, sigma, kernel=None):
    """One (length, cells) matrix per axis that turns a mask of cells of ``scale`` voxels into one of voxels.

    Cells are interpolated linearly between their centres, then smoothed by a Gaussian of ``sigma`` voxels (0: not).
    Rows sum to one, so that a mask of ones stays one.
    """
    matrices = []
    for length in shape:
        cells = torch.eye(max(length // scale, 1), dtype=torch.float64)[None]
        upsampled = F.interpolate(cells, length, mode="linear", align_corners=False)[0].T
        matrices.append(gaussian_weights(length, sigma, kernel) @ upsampled if sigma else upsampled)
    return matrices


def gaussian_weights(length, sigma, kernel=None):
    """(length, length): the weight of each voxel, second axis, in the mean around each.

    ``kernel`` voxels, an odd number, around it count, or all (None); near the border what is left of the Gaussian is
    given the sum of one.
    """
    at = torch.arange(length, dtype=torch.float64)
    gap = at[:, None] - at
    exponent = -(gap**2) / (2 * sigma**2)
    if kernel:
        exponent = exponent.masked_fill(gap.abs() > kernel // 2, float("-inf"))
    return torch.softmax(exponent, dim=1)


def total_variation(masks, beta):
    """Sum over the spatial axes of the mean of |difference of neighbours| ** beta, for each of ``masks``, (batch,)."""
    total = masks.new_zeros(len(masks))
    for axis in range(1, masks.dim()):
        if masks.shape[axis] > 1:
            total = total + masks.diff(dim=axis).abs().pow(beta).flatten(1).mean(1)
    return total


def shifted(volumes, offsets, padding):
    """``volumes`` (batch, channels, *spatial) read ``offsets`` voxels further along each spatial axis.

    Beyond the border lies ``padding``: "zeros", or "edge", the voxel at the border.
    """
    for axis, offset in enumerate(offsets, 2):
        length = volumes.shape[axis]
        at = torch.arange(length, device=volumes.device) + offset
        volumes = volumes.index_select(axis, at.clamp(0, length - 1))
        if padding == "zeros":
            inside = (at >= 0) & (at < length)
            volumes = volumes * inside.view(-1, *(1 for _ in volumes.shape[axis + 1 :])).to(volumes.dtype)
    return volumes
