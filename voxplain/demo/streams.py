"""One named random stream per component of a subject, so that drawing more of one never changes another."""

import zlib

import numpy as np
from scipy import ndimage

COHORT = 0


def stream(seed, subject, component):
    """Random generator of ``component`` of one subject (numbered from 1; ``COHORT`` for what concerns all)."""
    return np.random.default_rng([seed, subject, zlib.crc32(component.encode())])


def smooth_noise(generator, shape, sigma):
    """Gaussian field of unit standard deviation, float32, smooth over ``sigma`` voxels."""
    noise = ndimage.gaussian_filter(generator.standard_normal(shape, dtype=np.float32), sigma, mode="reflect")
    return noise / noise.std()
