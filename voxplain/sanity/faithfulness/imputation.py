"""Voxels filled in from those around them, so that taking them out tells little by its shape alone.

Noisy linear imputation of ROAD (Rong, Leemann, Borisov, Kasneci and Kasneci 2022, arXiv 2202.00449), here for volumes:
each missing voxel is the mean of its neighbours, those that share a face, an edge or a corner with it, weighted by the
inverse square of their distance, as in the plane the neighbours on the diagonal count half. A sparse linear system,
solved by conjugate gradients without writing it down.
"""

import numpy as np

TOLERANCE = 3e-4
MOST_STEPS = 500
NOISE = 0.01  # standard deviation of the noise on imputed voxels, in standard deviations of the scan


def imputed(volume, missing, region, noise=NOISE, seed=0, tolerance=TOLERANCE):
    """``volume`` (channels, x, y, z) with its voxels where ``missing`` filled in from the others of ``region``.

    ``missing`` and ``region`` are boolean (x, y, z); voxels outside ``region`` are no neighbours and stay. A part of
    the missing that touches no known voxel gets the mean of the known. ``tolerance`` is the relative residual at which
    the solution is taken. The noise is ``noise`` times the standard deviation of the channel in ``region``.
    """
    missing, known = missing & region, region & ~missing
    found = np.array(volume, np.float64)
    if not missing.any() or not known.any():
        return found.astype(np.float32)
    box = tuple(slice(where.min(), where.max() + 1) for where in np.nonzero(region))
    missing, known, region = missing[box], known[box], region[box]
    degree = _neighbours(region.astype(np.float64))
    drawn = np.random.default_rng(seed)
    for channel in found:
        values = channel[box]
        start = values[known].mean()
        given = _neighbours(np.where(known, values - start, 0))[missing]
        filled = start + _solved(given, missing, degree[missing], tolerance)
        values[missing] = filled + noise * values[region].std() * drawn.standard_normal(len(filled))
    return found.astype(np.float32)


def _solved(given, missing, degree, tolerance):
    """x of (degree - neighbours among the missing) x = given, by conjugate gradients with the diagonal taken out."""
    whole, degree = np.zeros(missing.shape), np.maximum(degree, 1e-12)

    def applied(values):
        whole[missing] = values
        return degree * values - _neighbours(whole)[missing]

    found = np.zeros_like(given)
    residual = given.copy()
    scaled = residual / degree
    direction, size = scaled, residual @ scaled
    enough = tolerance * np.linalg.norm(given)
    for _ in range(MOST_STEPS):
        if np.linalg.norm(residual) <= enough:
            break
        image = applied(direction)
        step = size / (direction @ image)
        found += step * direction
        residual -= step * image
        scaled = residual / degree
        size, before = residual @ scaled, size
        direction = scaled + size / before * direction
    return found


def _neighbours(values):
    """Sum of the neighbours' ``values`` (x, y, z): 1 for a shared face, 1/2 for an edge, 1/3 for a corner."""
    x, y, z = (_pair(values, axis) for axis in range(3))
    xy = _pair(x, 1)
    return x + y + z + (xy + _pair(x, 2) + _pair(y, 2)) / 2 + _pair(xy, 2) / 3


def _pair(values, axis):
    """Sum of the two neighbours along ``axis``; beyond the border there are none."""
    found = np.zeros_like(values)
    moved, whole = np.moveaxis(found, axis, 0), np.moveaxis(values, axis, 0)
    moved[1:] += whole[:-1]
    moved[:-1] += whole[1:]
    return found
