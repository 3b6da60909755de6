"""Seeds of random streams, by name."""

import numpy as np


def stream(*key):
    """The 64-bit seed of the random stream named by whole numbers."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])


def seed_of(seed, split):
    """A seed of its own for every split."""
    return int(np.random.SeedSequence([seed, *split.encode()]).generate_state(1)[0])
