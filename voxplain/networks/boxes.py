"""Boxes of voxels, [[start, stop], ...] for the axes x, y, z, that say what a network sees."""

import numpy as np


def in_box(box, shape):
    """A bool array of ``shape``, true inside ``box``."""
    inside = np.zeros(shape, bool)
    inside[tuple(slice(*ends) for ends in box)] = True
    return inside


def unseen_share(box, brain):
    """Share of the voxels of ``brain`` (x, y, z), a mask or weights, that lie outside ``box``; 0 for an empty brain."""
    brain = np.asarray(brain, float)
    whole = brain.sum()
    return float(1 - brain[tuple(slice(*ends) for ends in box)].sum() / whole) if whole else 0.0
