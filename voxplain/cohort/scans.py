"""Which scans a study has, known while the run is planned: from file names, lists of contents and tables alone."""

from collections import Counter
from pathlib import Path, PurePath

from voxplain.cohort.dealing.columns import asked_of_folds, found_columns
from voxplain.cohort.dealing.matched import matched_scans
from voxplain.cohort.flow import without_names
from voxplain.cohort.selection import selected
from voxplain.cohort.sources import find_images
from voxplain.cohort.tables.given import given_split
from voxplain.cohort.tables.id_files import read_ids
from voxplain.cohort.tables.labels import Label
from voxplain.cohort.tables.rows import study_table
from voxplain.errors import InputError


def find_scans(settings):
    """Every Image of a study, and every Scan that they and the table give, sorted by name, those left out included.

    Of a made cohort nothing needs to exist yet. Raises InputError where there is no image, no table, or no scan left at
    all, and SettingsError for settings that the tables cannot meet.
    """
    cohort = settings["cohort"]
    table = None if cohort["source"] == "made" else study_table(cohort)
    images = find_images(cohort, settings["study"], table and table.rows)
    scans = selected_scans(images, table, settings)
    if all(scan.stage for scan in scans):
        raise InputError(commonest(scans))
    return images, scans


def selected_scans(images, table, settings):
    """The Scans of ``images`` as ``table`` and ``settings`` select them, sorted by name; see find_scans.

    Planning and the job that tabulates the scans both ask here, so that they cannot differ.
    """
    labels, folds = study_labels(settings), settings["folds"]
    further = found_columns(asked_of_folds(settings), table) if table else ()
    scans = selected(images, table, settings["cohort"], labels, _unwanted(settings), _dealt(settings), further)
    if not table or not folds["match"]:
        return scans
    told = {one["labels"]: labels[one["labels"]] for one in settings["experiments"].values()}
    return matched_scans(scans, list(told.values()), folds["match"], folds["seed"])


def study_labels(settings):
    """The Labels of a study by name."""
    return {name: Label(name, one) for name, one in settings["cohort"]["labels"].items()}


def commonest(scans):
    """One line on why no scan is left: the commonest of the reasons."""
    reasons = Counter(without_names(scan) for scan in scans)
    if not reasons:
        return "no scan is found; set cohort.archives and cohort.table"
    reason, times = reasons.most_common(1)[0]
    return f"no scan is left of {len(scans)}; the commonest reason ({times} times): {reason}"


def _unwanted(settings):
    """Ids that the study leaves out, each with the reason in the user's words, if there is one."""
    listed = settings["cohort"]["leave_out"]
    if isinstance(listed, str):
        return {
            one: reason or f"listed in {PurePath(listed).name}" for one, reason in read_ids(listed, "cohort.leave_out")
        }
    return {str(one): "named in cohort.leave_out" for one in listed}


def _dealt(settings):
    """Ids and their roles in files of the user's, or None where the folds are drawn."""
    files = settings["folds"]["given"]
    return given_split({role: Path(file) for role, file in files.items() if file}) if files else None
