"""Which columns can never be features: ids, dates and releases, which say who or when and not what a brain is like."""

import re

from voxplain.cohort.tables.dates import parse_date
from voxplain.errors import SettingsError

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
    """Raise SettingsError for a column that ``baselines.tabular`` names although it can never be a feature."""
    labels = settings["cohort"]["labels"]
    for name, one in settings["baselines"]["tabular"].items():
        of_labels = {labels[label]["column"]: f"what label {label} is made from" for label in one["labels"]}
        for column in one["features"]:
            refused = of_labels.get(column) or refused_name(column)
            refused = refused or ("a label" if column.startswith("label_") else None)
            if refused:
                raise SettingsError(
                    f'setting "baselines.tabular.{name}.features" has {column}, which can never be a feature: '
                    f"{refused}; take it out"
                )


def holds_dates(cells):
    """Whether all of ``cells``, texts that are not empty, are dates."""
    return bool(cells) and all(parse_date(cell) for cell in cells)
