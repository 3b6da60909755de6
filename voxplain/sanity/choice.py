"""Which held-out scans a check looks at, when it cannot look at all of them."""

from itertools import zip_longest

import numpy as np

from voxplain.relevance.groups import is_amount


def checked(sanity, method):
    """The settings ``sanity`` for one method: what its own entry under ``sanity.methods`` says is laid over them.

    A slow method can so be checked on fewer scans, or with fewer draws, than a fast one.
    """
    return sanity | sanity.get("methods", {}).get(method["name"], {})


def chosen_scans(labels, predicted, number):
    """Places of at most ``number`` scans: those classified correctly first, the classes in turn, in their own order.

    Of amounts, which are no classes, they are spread evenly from the smallest to the largest.
    """
    if is_amount(predicted):
        ranks = np.linspace(0, len(labels) - 1, min(number, len(labels))).round().astype(int)
        return np.argsort(labels, kind="stable")[ranks].tolist()
    chosen = []
    for correct in (True, False):
        rows = [place for place, label in enumerate(labels) if (label == predicted[place]) == correct]
        by_class = [[place for place in rows if labels[place] == label] for label in sorted(set(labels))]
        chosen += [place for turn in zip_longest(*by_class) for place in turn if place is not None]
    return chosen[:number]
