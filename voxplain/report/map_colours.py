"""The colours of maps: one for values of both signs, one for values without; safe for the colour-blind.

Both rise in lightness with the absolute value, so that they can be read on anatomy. The signed one is nilearn's without
its white ends, where the strongest values of either sign would look alike.
"""

import matplotlib
import numpy as np
from matplotlib.colors import ListedColormap
from nilearn.plotting import cm  # noqa: F401  registers cold_hot

# The part of cold_hot that is used: from cyan over black to yellow
_PART = 0.14, 0.86

SIGNED = ListedColormap(matplotlib.colormaps["cold_hot"](np.linspace(*_PART, 255)), "cyan_black_yellow")
UNSIGNED = matplotlib.colormaps["inferno"]


def colours_of(signed):
    """The colour map of maps with values of both signs, or without."""
    return SIGNED if signed else UNSIGNED
