"""Which columns can never be features: ids, dates and releases, which say who or when and not what a brain is like."""

import re

from voxplain.cohort.tables.dates import parse_date
from voxplain.errors import SettingsError
from voxplain.settings.insight_features import OF_FEATURES

IDS = {
    "subject",
    "subjects",
    "participant",
    "patient",
    "ptid",
    "rid",
    "uid",
    "guid",
    "id",
    "ids",
    "iid",
    "fid",
    "index",
}
OWNED = re.compile(
    "(?:subject|patient|participant|image|imagedata|series|study|scan|site|visit|session|loni|record|user|family|mother|"
    "father)(?:u?ids?|key)"
)
PARTED = re.compile(r"[^A-Za-z0-9]u?ids?$", re.IGNORECASE)
CAMEL = re.compile(r"[a-z0-9]I[dD]s?$")


def refused_name(name):
    """Why no column called ``name`` can be a feature, or None."""
    plain = "".join(filter(str.isalnum, name.lower()))
    if plain in IDS or OWNED.fullmatch(plain) or PARTED.search(name) or CAMEL.search(name):
        return "an id, which says who somebody is"
    if not plain or plain.startswith("unnamed"):
        return "without a name, perhaps the numbers of the rows"
    if "date" in plain or "acquisition" in plain or plain in ("dob", "timestamp", "acqtime"):
        return "a date, which says when somebody was seen"
    if "release" in plain:
        return "a release, which says when somebody was published"
    return None


def refuse_asked(settings):
    """Raise SettingsError for a column that is named as a feature although it can never be one.

    The column of a label is refused to models that tell it, ``baselines.tabular``, and not to models of a network.
    """
    labels = settings["cohort"]["labels"]
    asked = {f"baselines.tabular.{name}": one for name, one in settings["baselines"]["tabular"].items()}
    inside = {f"insight.{name}": settings["insight"][name] for name in OF_FEATURES}
    for where, one in (asked | {where: one for where, one in inside.items() if one["run"]}).items():
        of_labels = {labels[label]["column"]: f"what label {label} is made from" for label in one.get("labels", ())}
        for column in one["features"]:
            refused = of_labels.get(column) or refused_name(column)
            refused = refused or ("a label" if column.startswith("label_") else None)
            if refused:
                raise SettingsError(
                    f'setting "{where}.features" has {column}, which can never be a feature: {refused}; take it out'
                )


def holds_dates(cells):
    """Whether all of ``cells``, texts that are not empty, are dates."""
    return bool(cells) and all(parse_date(cell) for cell in cells)
