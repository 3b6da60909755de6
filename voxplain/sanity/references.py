"""Maps that know nothing of any network, which a method's map must beat to have located something.

All are made from the volumes, as the network is shown them, and from the brain mask; the random maps share the
autocorrelation of the map they are compared with.
"""

import numpy as np
from scipy.fft import irfftn, next_fast_len, rfftn


def mean_mask(masks):
    """Share of scans whose brain mask holds the voxel, (x, y, z); ``masks`` is an iterable of masks (x, y, z)."""
    return _mean(masks)


def mean_volume(volumes):
    """Mean of an iterable of volumes (x, y, z), read one at a time."""
    return _mean(volumes)


def edges(volume):
    """Length of the gradient of ``volume`` (x, y, z), by central differences, per voxel."""
    return np.sqrt(sum(slope**2 for slope in np.gradient(np.asarray(volume, np.float64))))


def matched_random_maps(values, mask, draws, seed):
    """Yield ``draws`` random maps (x, y, z) float32 with the autocorrelation that ``values`` has inside ``mask``.

    Gaussian fields, stationary, of mean zero. The covariance at each lag is the mean product over the pairs of voxels
    that both lie in the mask, less their mean, tapered by a Gaussian of a quarter of the shortest axis since long
    lags have few pairs; negative power, which only chance causes, is set to zero. ``seed`` is a sequence of integers.
    """
    box = tuple(slice(where.min(), where.max() + 1) for where in np.nonzero(mask))
    inside = mask[box] > 0
    shape = [next_fast_len(size + size // 2, real=True) for size in inside.shape]
    power = _power(np.where(inside, values[box] - values[box][inside].mean(), 0), inside, shape)
    for draw in range(draws):
        noise = np.random.default_rng([*seed, draw]).standard_normal(shape, np.float32)
        field = irfftn(rfftn(noise) * np.sqrt(power), s=shape)
        drawn = np.zeros(mask.shape, np.float32)
        drawn[box] = field[tuple(slice(size) for size in inside.shape)]
        yield drawn


def _power(centred, inside, shape):
    """Power spectrum, float32, of the tapered autocovariance of a map on a grid of ``shape``."""
    products = irfftn(np.abs(rfftn(centred, shape)) ** 2, s=shape)
    pairs = irfftn(np.abs(rfftn(inside.astype(np.float64), shape)) ** 2, s=shape)
    covariance = np.where(pairs > 0.5, products / np.maximum(pairs, 0.5), 0)
    length = min(inside.shape) / 4
    for axis, size in enumerate(shape):
        lag = np.minimum(np.arange(size), size - np.arange(size))
        covariance *= np.exp(-0.5 * (lag / length) ** 2).reshape([-1 if at == axis else 1 for at in range(len(shape))])
    return np.maximum(rfftn(covariance).real, 0).astype(np.float32)


def _mean(volumes):
    total, number = 0.0, 0
    for volume in volumes:
        total, number = total + np.asarray(volume, np.float64), number + 1
    return total / number
