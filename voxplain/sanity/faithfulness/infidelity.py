"""Whether a map foretells by how much the answer changes when a block is taken out.

Yeh, Hsieh, Suggala, Inouye and Ravikumar 2019, On the (In)fidelity and Sensitivity of Explanations, arXiv 1901.09392.
"""

import numpy as np


def infidelity(foretold, changes, scaled=True):
    """Mean squared difference of ``changes`` (n,) of the answer and what a map ``foretold`` (n,) of them.

    ``scaled``: after the map was given the factor that suits it best, since maps have no unit, and as a share of the
    mean squared change: 0 where the map foretells everything, 1 where it foretells nothing. NaN where it foretells the
    same nothing throughout, where nothing changes, and for values that are not finite.
    """
    foretold, changes = np.asarray(foretold, np.float64), np.asarray(changes, np.float64)
    if not (np.isfinite(foretold).all() and np.isfinite(changes).all() and len(changes)):
        return np.nan
    if not scaled:
        return float(((foretold - changes) ** 2).mean())
    power, change = (foretold**2).mean(), (changes**2).mean()
    if not power > 0 or not change > 0:
        return np.nan
    factor = (foretold * changes).mean() / power
    return float(((factor * foretold - changes) ** 2).mean() / change)


def drawn_blocks(region, sides, number, seed):
    """``number`` blocks of ``sides`` voxels (three) around voxels drawn from ``region``: boolean (x, y, z), cut to it.

    A list; empty where the region is.
    """
    inside = np.argwhere(region)
    if not len(inside):
        return []
    found = []
    for middle in inside[np.random.default_rng(seed).integers(len(inside), size=number)]:
        block = np.zeros(region.shape, bool)
        starts = [int(np.ceil(at - side / 2)) for at, side in zip(middle, sides, strict=True)]
        ends = [start + max(int(round(side)), 1) for start, side in zip(starts, sides, strict=True)]
        block[tuple(slice(max(start, 0), end) for start, end in zip(starts, ends, strict=True))] = True
        found.append(block & region)
    return found
