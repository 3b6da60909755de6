"""Which scans a named group of a study holds."""

import re

import numpy as np

from voxplain.errors import SettingsError

GROUPS = ("all", "correct", "class0", "class1", "class0correct", "class1correct")
_NAME = re.compile(r"(all|correct|class(?P<label>\d+)(?P<correct>correct)?)")


def members(group, label, predicted):
    """Boolean array: the scans of ``group``, given their true and predicted classes.

    ``all``, ``correct``, ``class<c>`` and ``class<c>correct``; anything else raises SettingsError.
    """
    name = _NAME.fullmatch(group)
    if not name:
        raise SettingsError(f'relevance.groups: unknown group "{group}"; use some of {", ".join(GROUPS)}')
    label, predicted = np.asarray(label), np.asarray(predicted)
    chosen = np.ones(len(label), bool)
    if name["label"]:
        chosen &= label == int(name["label"])
    if group.endswith("correct"):
        chosen &= label == predicted
    return chosen
