"""Whether a stated probability is how often it comes true (Guo et al. 2017; Naeini et al. 2015)."""

import numpy as np

BINS = 10


def judged(label, predicted, probabilities):
    """What was stated of each scan and whether it came true, ``(n,)`` each.

    Of two classes: the probability of class 1, and whether the scan is of class 1. Of more: the probability of the
    predicted class, and whether that is the scan's.
    """
    if probabilities.shape[1] == 2:
        return probabilities[:, 1], (label == 1).astype(float)
    return probabilities[np.arange(len(label)), predicted], (label == predicted).astype(float)


def bins_of(stated):
    """The place of each probability among ten bins of equal width; the upper end of a bin is inside, and 0 too."""
    return np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], stated)


def calibration_error(label, predicted, probabilities):
    """Expected calibration error: mean distance of what was stated and what came true, over bins by their scans."""
    stated, right = judged(label, predicted, probabilities)
    places = bins_of(stated)
    return sum(abs((right - stated)[places == one].sum()) for one in np.unique(places)) / len(stated)
