"""The scans of cohorts that networks are judged by and never trained on, known while the run is planned."""

from dataclasses import replace
from typing import NamedTuple

from voxplain.cohort.dealing.columns import asked_of_folds
from voxplain.cohort.images import scan_name
from voxplain.cohort.scans import find_scans, study_labels
from voxplain.cohort.tables.rows import study_table
from voxplain.errors import InputError, SettingsError, VoxplainError
from voxplain.settings.other_cohorts import cohort_settings


class OtherCohort(NamedTuple):
    """A test cohort: its settings as if it were a study, its Images, and its Scans under the names they have here."""

    settings: dict
    images: list
    scans: list

    @property
    def used(self):
        """Its Scans that are to be read, by name."""
        return {scan.scan: scan for scan in self.scans if not scan.stage}


def find_other_cohorts(settings, own):
    """The OtherCohort of each of ``cohort.test_cohorts``, by name; ``own`` are the study's Scans.

    Nothing is opened but tables and lists of contents. Raises InputError for a cohort without a scan that has a class
    of what the experiments tell, and SettingsError for settings that its tables cannot meet or that would give two
    scans one name.
    """
    found, taken = {}, {scan.scan: "the study" for scan in own if not scan.stage}
    for name in settings["cohort"]["test_cohorts"]:
        try:
            found[name] = _found(settings, name)
        except VoxplainError as error:
            raise type(error)(f"cohort.test_cohorts.{name}: {error}") from error
        for scan in found[name].used:
            if taken.setdefault(scan, name) != name:
                raise SettingsError(f"cohort.test_cohorts.{name}: {scan} is a scan of {taken[scan]} too; rename {name}")
    return found


def named_of_cohort(scans, name):
    """``scans`` as those of the test cohort ``name``, which begins their sessions: ``sub-x_ses-m12``, ``_ses-3tm12``.

    A patient of both cohorts is thus one subject, and no two scans have one name.
    """
    renamed = []
    for scan in scans:
        session = f"{name}{scan.session}"
        called = scan_name(scan.source_id, session) if scan.scan else ""
        renamed.append(replace(scan, session=session, scan=called))
    return sorted(renamed, key=lambda scan: scan.scan)


def _found(settings, name):
    asked = cohort_settings(settings, name)
    asked["folds"] = asked["folds"] | {"group_by": _groups_known(settings, study_table(asked["cohort"]))}
    images, scans = find_scans(asked)
    labels = study_labels(settings)
    for label, one in study_labels(asked).items():
        if not _same_meaning(one, labels[label]):
            raise SettingsError(
                f'its label "{label}" tells {_told(one)}, but the study\'s {_told(labels[label])}; '
                "let both mean the same"
            )
    told = {one["labels"] for one in asked["experiments"].values()}
    if not any(told & set(scan.labels) for scan in scans if not scan.stage):
        raise InputError(f"no scan has a class in {' or '.join(sorted(told))}; set its labels to what its table says")
    return OtherCohort(asked, images, named_of_cohort(scans, name))


def _groups_known(settings, table):
    """Columns that the study's folds group by, so far as ``table`` has them: a family that is not known ties nobody."""
    return [one for one in asked_of_folds(settings)["group_by"] if table.whole.find(one)]


def _same_meaning(one, own):
    """Whether a label has as many classes as the study's, and calls none of them as the study calls another."""
    if len(one.names) != len(own.names) or (one.kind == "regression") != (own.kind == "regression"):
        return False
    return not any(name in own.names and name != mine for name, mine in zip(one.names, own.names, strict=True))


def _told(label):
    return ", ".join(label.names) or "a number"
