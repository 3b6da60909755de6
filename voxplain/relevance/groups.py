"""Which scans a named group of a study holds."""

import re

import numpy as np

from voxplain.errors import SettingsError

# Those of two classes; further ones are named alike
GROUPS = ("all", "correct", "class0", "class1", "class0correct", "class1correct")
_NAME = re.compile(r"(all|correct|class(?P<label>\d+)(?P<correct>correct)?)")


def members(group, label, predicted):
    """Boolean array: the scans of ``group``, given their true and predicted classes.

    ``all``, ``correct``, ``class<c>`` and ``class<c>correct``; anything else raises SettingsError. Amounts, as a
    regression predicts them, are in ``all`` alone.
    """
    name = _NAME.fullmatch(group)
    if not name:
        raise SettingsError(f'relevance.groups: unknown group "{group}"; use some of {", ".join(GROUPS)}')
    label, predicted = np.asarray(label), np.asarray(predicted)
    chosen = np.ones(len(label), bool)
    if is_amount(predicted):
        return chosen if group == "all" else ~chosen
    if name["label"]:
        chosen &= label == int(name["label"])
    if group.endswith("correct"):
        chosen &= label == predicted
    return chosen


def is_amount(predicted):
    """Whether predictions are amounts, which a regression tells, and no classes."""
    return np.asarray(predicted).dtype.kind == "f"
