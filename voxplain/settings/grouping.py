"""What the section ``relevance`` asks of groups of subjects, held against labels, methods and atlases."""

import re

from voxplain.errors import SettingsError
from voxplain.settings.carried_columns import check_carried
from voxplain.settings.classes import class_counts

GROUP = re.compile(
    r"all|correct|wrong|(class|predicted)(?P<number>\d+)|class(?P<of>\d+)(correct|wrong)|(?P<two>[tf][pn])"
)
# The name of the atlas that a made study has of itself
MADE_ATLAS = "made"


def agree_on_groups(settings):
    """Raise SettingsError for a group of no label at all, and for what no method or atlas of the study allows."""
    asked, counts = settings["relevance"], class_counts(settings)
    for group in asked["groups"]:
        _check_group(group, counts)
    if asked["contrasts"] and all(one["target"] == "predicted" for one in settings["methods"]):
        raise SettingsError(
            'setting "relevance.contrasts" compares maps that answer one question, but every method explains whatever '
            "class is predicted; give one a target, such as 1"
        )
    tested = {f"contrasts.{name}.tested": [one["tested"]] for name, one in asked["contrasts"].items()}
    held = {f"contrasts.{name}.covariates": one.get("covariates", []) for name, one in asked["contrasts"].items()}
    for where, columns in ({"by": list(asked["by"])} | tested | held).items():
        check_carried(f"relevance.{where}", columns, settings)
    names = [one["name"] for one in settings["template"]["atlases"]]
    made = settings["cohort"]["source"] == "made"
    if made and MADE_ATLAS in names:
        raise SettingsError(
            f'setting "template.atlases" has one called "{MADE_ATLAS}", which is the made study\'s own; rename it'
        )
    if asked["subtypes"] == 1:
        raise SettingsError('setting "relevance.subtypes" is 1, which is no division; use 2 or more, or 0 for none')
    if asked["subtypes"] and not (names or made):
        raise SettingsError(
            'setting "relevance.subtypes" looks for kinds of subjects in regions, but template.atlases is empty; '
            "name an atlas there"
        )


def _check_group(group, counts):
    found = GROUP.fullmatch(group)
    if not found:
        raise SettingsError(
            f'setting "relevance.groups" has {group!r}; use all, correct, wrong, class<number>, predicted<number>, '
            "class<number>correct, class<number>wrong, tp, tn, fp or fn"
        )
    most = max(counts.values(), default=None)
    number = found["number"] or found["of"]
    if number and counts and int(number) >= most:
        raise SettingsError(
            f'setting "relevance.groups" has {group}, but no label has more than {most} classes, numbered from 0; '
            "leave it out"
        )
    if found["two"] and counts and 2 not in counts.values():
        raise SettingsError(
            f'setting "relevance.groups" has {group}, but no label has two classes; use class<number>correct'
        )
