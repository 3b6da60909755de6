"""Classes that methods and groups name, and that some label of the study has."""

import re

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_count

GROUP = re.compile(r"all|correct|class(\d+)(correct)?")


def agree_on_explaining(settings):
    """Raise SettingsError for a target that a label with classes has not, and for a group of no label at all.

    A regression has one output, which is explained whatever class is asked for.
    """
    counts = {}
    for one in settings["experiments"].values():
        count = class_count(settings["cohort"]["labels"][one["labels"]])
        if count is not None:
            counts[one["labels"]] = count
    for one in settings["methods"]:
        for label, count in counts.items():
            if one["target"] != "predicted" and one["target"] >= count:
                raise SettingsError(
                    f'setting "methods": target of "{one["name"]}" is {one["target"]}, but label {label} has classes 0 '
                    f"to {count - 1}; use one of them, or predicted"
                )
    for group in settings["relevance"]["groups"]:
        found = GROUP.fullmatch(group)
        if not found:
            raise SettingsError(
                f'setting "relevance.groups" has {group!r}; use all, correct, class<number> or class<number>correct'
            )
        if found[1] and counts and int(found[1]) >= max(counts.values()):
            raise SettingsError(
                f'setting "relevance.groups" has {group}, but no label has more than {max(counts.values())} classes, '
                "numbered from 0; leave it out"
            )
