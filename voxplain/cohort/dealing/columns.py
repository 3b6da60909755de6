"""Columns of the study's table that its folds ask for, and their cells however a setting spells them."""

from voxplain.settings.folds import folds_of_label

FAMILY = "Family_ID"  # of HCP's restricted table
OF_SCANS = ("subject", "source_id", "site", "session", "visit")


def asked_of_folds(settings, label=None):
    """The section ``folds`` without the seeds of training, and with what a source's table says of families.

    With ``label`` as it is for that label.
    """
    folds = {key: value for key, value in folds_of_label(settings["folds"], label).items() if key != "seeds"}
    if folds.get("group_by") is None:
        folds["group_by"] = [FAMILY] if settings["cohort"]["source"] == "hcp" else []
    return folds


def fold_columns(folds):
    """``{column: setting}`` of all columns that ``folds`` name to group, stratify or match by, or as the site."""
    named = {}
    for setting in ("group_by", "stratify_by", "match"):
        for column in folds.get(setting) or ():
            named.setdefault(column, f"folds.{setting}")
    if folds.get("site"):
        named.setdefault(folds["site"], "folds.site")
    return named


def found_columns(folds, table):
    """The columns of fold_columns as ``table``, a StudyTable, spells them.

    A column that each scan has by itself need not be in the table, nor need HCP's families. Raises SettingsError for
    others that are not.
    """
    found = []
    for column, setting in fold_columns(folds).items():
        spelled = table.whole.find(column)
        if spelled is None and column not in (*OF_SCANS, FAMILY):
            spelled = table.column(column, setting)
        found += [spelled] if spelled else []
    return found


def cell(cells, column):
    """The cell of ``column`` among ``cells``, whose names may be spelled otherwise; ``""`` where there is none."""
    if column in cells:
        return cells[column]
    return next((value for name, value in cells.items() if _letters(name) == _letters(column)), "")


def told_of(scan, column):
    """What is known of ``scan``, a Scan, in ``column`` of the table, or by itself; ``""`` where nothing is."""
    own = getattr(scan, column) if column in OF_SCANS else ""
    return cell(scan.cells, column) or own


def _letters(name):
    return "".join(filter(str.isalnum, str(name))).casefold()
