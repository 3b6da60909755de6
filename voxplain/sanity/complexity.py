"""How complex a map is, as the entropy of its values: a network that was never trained should make it rise.

Hedström et al., Sanity Checks Revisited: An Exploration to Repair the Model Parameter Randomisation Test, XAI in
Action, NeurIPS 2023: the efficient test compares the complexity of the trained network's map with that of a fully
random one, map by map, in place of the maps.
"""

import numpy as np


def complexity(values, bins):
    """Entropy, in nats, of how often the absolute ``values`` (voxels,) fall into each of ``bins`` equal intervals.

    The intervals span the absolute values, so their scale does not count. NaN for values that are all the same or not
    finite.
    """
    size = np.abs(values)
    if not len(size) or not np.isfinite(size).all() or size.min() == size.max():
        return np.nan
    counts, _ = np.histogram(size, bins)
    shares = counts[counts > 0] / len(size)
    return float(-(shares * np.log(shares)).sum())


def relative_rise(before, after):
    """``(after - before) / before``: above 0 where a map became more complex; NaN where it is not defined."""
    return (after - before) / before if before else np.nan
