"""The colours of a signed map, and the map laid over the grey image that it is of."""

import numpy as np

# Below this part of the limit a map is left clear, so that the image shows through
CLEAR = 0.1
FAINTEST, STRONGEST = 0.45, 0.95  # how much of the image a map hides
BRIGHTEST = 235
PERCENTILE = 99.9
# From faint to strong: for the class dark red to yellow, against it dark blue to pale cyan
FOR = np.array([(130, 10, 30), (225, 60, 20), (255, 160, 30), (255, 245, 150)], float)
AGAINST = np.array([(20, 30, 130), (20, 90, 220), (40, 175, 245), (190, 245, 255)], float)


def colour_limit(values):
    """The end of the colours: the 99.9th percentile of what is not 0 in ``values``, without sign; 0 of a zero map."""
    sizes = np.abs(values[values != 0])
    return float(np.percentile(sizes, PERCENTILE)) if sizes.size else 0.0


def grey(values, low, high):
    """``values`` as (..., 3) from black at ``low`` to almost white at ``high``."""
    share = np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros(values.shape)
    return np.repeat((share * BRIGHTEST)[..., None], 3, axis=-1)


def coloured(values, limit):
    """The colour (..., 3) of each of ``values``, whose strongest are ``limit`` and beyond."""
    share = np.clip(np.abs(values) / limit, 0, 1) if limit else np.zeros(values.shape)
    steps = np.linspace(0, 1, len(FOR))
    sides = [np.stack([np.interp(share, steps, side[:, one]) for one in range(3)], -1) for side in (FOR, AGAINST)]
    return np.where((values < 0)[..., None], sides[1], sides[0])


def laid_over(image, values, limit):
    """``image`` (rows, columns, 3) from 0 to 255 with the map ``values`` (rows, columns) over it, uint8."""
    share = np.clip(np.abs(values) / limit, 0, 1) if limit else np.zeros(values.shape)
    hidden = np.where(share < CLEAR, 0, FAINTEST + (STRONGEST - FAINTEST) * share)[..., None]
    return np.round(image * (1 - hidden) + coloured(values, limit) * hidden).astype(np.uint8)
