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
    """Sum over the spatial axes of the mean of |difference of neighbours| ** beta, for each of ``masks``, (batch,).

    And its slope at each voxel of ``masks``, shaped like them.
    """
    total, slope = masks.new_zeros(len(masks)), torch.zeros_like(masks)
    for axis in range(1, masks.dim()):
        length = masks.shape[axis]
        if length > 1:
            steps = masks.diff(dim=axis)
            powers = _signed_power(steps, beta - 1)
            count = steps[0].numel()
            total = total + (powers * steps).flatten(1).sum(1) / count
            powers *= beta / count
            slope.narrow(axis, 1, length - 1).add_(powers)
            slope.narrow(axis, 0, length - 1).sub_(powers)
    return total, slope


def _signed_power(values, power):
    """|values| ** power with the sign of ``values``."""
    if power > 0 and power % 2 == 0:
        # powers of squares are products, several times faster than a power of any number
        return values.square().pow_(power // 2).mul_(values.sign())
    return values.abs().pow_(power).mul_(values.sign())


def margined(volumes, shifts, padding):
    """``volumes`` (batch, channels, *spatial) with room around for all ``shifts``, (least, largest), along each axis.

    Beyond the border lies ``padding``: "zeros", or "edge", the voxel at the border.
    """
    room = (max(-shifts[0], 0), max(shifts[1], 0)) * (volumes.dim() - 2)
    return F.pad(volumes, room, mode="replicate" if padding == "edge" else "constant")


def shifted(margined, offsets, shifts):
    """A view of what `margined` gave for ``shifts``, read ``offsets`` voxels further along each spatial axis."""
    low, high = max(-shifts[0], 0), max(shifts[1], 0)
    for axis, offset in enumerate(offsets, 2):
        margined = margined.narrow(axis, low + offset, margined.shape[axis] - low - high)
    return margined
