"""Whether values on a line have one mode: excess mass (Müller and Sawitzki 1991), twice Hartigan's dip (1985)."""

import numpy as np

# Heights at which a density is cut, times the range that holds the middle half of the values
HEIGHTS = np.geomspace(0.02, 10, 60)


def one_mode_p(values, draws=199, seed=1):
    """The p-value of ``values`` (n,) having a single mode; a small one says that there is a valley between two.

    Against evenly spread values, as many, which of all densities with one mode look most like two (Hartigan and
    Hartigan 1985): skewness and tails are no evidence, and the test errs to the side of one mode. 1 for fewer than four
    values or where half of them are the same.
    """
    values = np.sort(np.asarray(values, float))
    if len(values) < 4 or not _middle(values):
        return 1.0
    even = np.sort(np.random.default_rng(seed).random((draws, len(values))), axis=1)
    found = excess_of_two(np.concatenate([(values / _middle(values))[None], even / _middle(even)[:, None]]))
    return float((found >= found[0] * (1 - 1e-12)).mean())


def excess_of_two(sets):
    """How much more two intervals hold than one, (sets,), of sorted values (sets, n) at the best of HEIGHTS.

    An interval holds the share of values in it, less its length times the height.
    """
    count, number = sets.shape
    heights = np.broadcast_to(HEIGHTS, (count, len(HEIGHTS)))
    first = second = closed = np.zeros_like(heights)
    both = np.zeros_like(heights)
    for place in range(number):
        gap = heights * (sets[:, place] - sets[:, place - 1])[:, None] if place else 0
        # each interval goes on over the gap or begins at this value, the second after the first is closed
        second = np.maximum(second - gap, closed) + 1 / number
        first = np.maximum(first - gap, 0) + 1 / number
        closed, both = np.maximum(closed, first), np.maximum(both, second)
    return (np.maximum(both, closed) - closed).max(axis=1)


def _middle(values):
    low, high = np.percentile(values, [25, 75], axis=-1)
    return high - low
