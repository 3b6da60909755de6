"""Which maps a named group of a study holds."""

import re

import numpy as np

from voxplain.errors import SettingsError

# Those of two classes; further ones are named alike
GROUPS = ("all", "correct", "wrong", "class0", "class1", "class0correct", "class1correct", "class0wrong", "class1wrong")
GROUPS += ("predicted0", "predicted1", "tp", "tn", "fp", "fn")
GROUP = re.compile(
    r"(?P<all>all)|(?P<class>class(?P<label>\d+))?(?P<judged>correct|wrong)|class(?P<only>\d+)"
    r"|predicted(?P<predicted>\d+)|(?P<right>[tf])(?P<sign>[pn])"
)


def members(group, label, predicted):
    """Boolean array: the maps of ``group``, given their true and predicted classes.

    ``all``, ``correct``, ``wrong``, ``class<c>``, ``class<c>correct``, ``class<c>wrong``, ``predicted<c>``, and of two
    classes, of which 1 is the positive, ``tp``, ``tn``, ``fp`` and ``fn``; anything else raises SettingsError.
    Amounts, as a regression predicts them, are in ``all`` alone.
    """
    name = GROUP.fullmatch(group)
    if not name:
        raise SettingsError(f'relevance.groups: unknown group "{group}"; use some of {", ".join(GROUPS)}')
    label, predicted = np.asarray(label), np.asarray(predicted)
    chosen = np.ones(len(label), bool)
    if name["all"]:
        return chosen
    if is_amount(predicted):
        return ~chosen
    if name["right"]:
        said = predicted == (name["sign"] == "p")
        return said & ((label == predicted) == (name["right"] == "t"))
    if number := name["label"] or name["only"]:
        chosen &= label == int(number)
    if name["predicted"]:
        chosen &= predicted == int(name["predicted"])
    if name["judged"]:
        chosen &= (label == predicted) == (name["judged"] == "correct")
    return chosen


def is_amount(predicted):
    """Whether predictions are amounts, which a regression tells, and no classes."""
    return np.asarray(predicted).dtype.kind == "f"
