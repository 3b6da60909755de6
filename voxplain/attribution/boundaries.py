"""How strongly each voxel divides what lies on its two sides.

Local histograms on two halves of a ball, in 13 directions, as in the three-dimensional ultrametric contour maps of
Huang, Yang, Rangarajan, Ranka 2016 (ACCV), after Martin, Fowlkes, Malik 2004, doi 10.1109/TPAMI.2004.1273918.
"""

from itertools import product

import torch
from scipy.fft import next_fast_len

BINS = 11


def boundary_strength(volume, inside, radii=(2, 4, 6)):
    """Strength of the boundary at each voxel of ``volume`` (channels, *spatial), from 0 up: float64, (*spatial).

    For each direction and radius (in voxels), a voxel's ball is halved by the plane across the direction, and the
    chi-square distance, half of sum (p - n)^2 / (p + n), is taken between the histograms of the two halves. It is
    summed over radii, the largest over directions is taken, and summed over channels. Voxels that are not ``inside``
    (*spatial) are in no histogram and have strength 0, and so have voxels where half a ball is empty.
    """
    total = torch.zeros(inside.shape, dtype=torch.float64)
    if not inside.any():
        return total
    inside = inside.cpu()
    ends = [(int(axis.min()), int(axis.max()) + 1) for axis in inside.nonzero(as_tuple=True)]
    crop = tuple(slice(*one) for one in ends)
    for channel in volume.detach().to("cpu", torch.float64):
        total[crop] += _channel_strength(channel[crop], inside[crop], radii)
    return total * inside


def directions(axes):
    """Directions to the nearest voxels, one of each opposite pair, (count, axes): 13 for three axes, 4 for two."""
    steps = torch.tensor(list(product((-1, 0, 1), repeat=axes)), dtype=torch.float64)
    steps = steps[len(steps) // 2 + 1 :]
    return steps / steps.norm(dim=1, keepdim=True)


def _channel_strength(values, inside, radii):
    low, high = values[inside].min(), values[inside].max()
    if low == high:
        return torch.zeros_like(values)
    bins = ((values - low) / (high - low) * BINS).long().clamp(0, BINS - 1)
    # room for half a ball, so that what leaves at one side does not come back at the other
    padded = [next_fast_len(length + max(radii), real=True) for length in values.shape]
    members = [((bins == one) & inside).float() for one in bins[inside].unique()]
    members = [torch.fft.rfftn(one, s=padded) for one in members]
    everywhere = torch.fft.rfftn(inside.float(), s=padded)
    place = tuple(map(slice, values.shape))

    def counts(spectrum, half):
        # counts are whole numbers: rounding takes away what the transform adds
        return torch.fft.irfftn(spectrum * half, s=padded)[place].round_()

    strength = torch.zeros_like(values)
    for direction in directions(values.dim()):
        total = torch.zeros_like(values)
        for radius in radii:
            half = torch.fft.rfftn(_half_ball(direction, radius, padded))
            halves = half, half.conj()
            sizes = [counts(everywhere, one).double() for one in halves]
            distance = torch.zeros_like(values)
            for member in members:
                first, second = (
                    counts(member, one) / size.clamp(min=1) for one, size in zip(halves, sizes, strict=True)
                )
                both = first + second
                distance += (first - second).square_().div_(both.masked_fill_(both == 0, 1))
            total += 0.5 * distance * ((sizes[0] > 0) & (sizes[1] > 0))
        strength = torch.maximum(strength, total)
    return strength


def _half_ball(direction, radius, shape):
    """1 at the offsets on the direction's side of the plane through 0, which wrap around at the ends of ``shape``."""
    reach = torch.tensor(list(product(range(-radius, radius + 1), repeat=len(shape))))
    # a plane's own voxels belong to neither side; a rounded product is never exactly 0
    offsets = reach[(reach.square().sum(1) <= radius**2) & (reach.double() @ direction > 1e-6)]
    kernel = torch.zeros(shape)
    kernel[tuple(offsets.T)] = 1
    return kernel
