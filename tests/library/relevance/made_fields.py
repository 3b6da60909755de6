"""Smooth random maps in a brain-like mask."""

import numpy as np
from scipy import ndimage

SHAPE = (16, 19, 15)
SPACING = np.array([3.0, 3.0, 3.5])
AFFINE = np.diag([-3.0, 3, 3.5, 1])


def ellipsoid(shape=SHAPE):
    """A mask (x, y, z) bool that fills most of its box."""
    axes = np.meshgrid(*(np.linspace(-1, 1, count) for count in shape), indexing="ij")
    return sum(axis**2 for axis in axes) <= 1


def field(seed, sigma, shape=SHAPE):
    """Noise smoothed by ``sigma`` mm, with variance one."""
    wide = tuple(count + 16 for count in shape)
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=wide), sigma / SPACING)
    noise = noise[8:-8, 8:-8, 8:-8]
    return (noise - noise.mean()) / noise.std()
