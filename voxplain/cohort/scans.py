"""Which scans a study has, known from file names and settings alone, while the run is being planned."""

import os
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from voxplain.errors import InputError, SettingsError


@dataclass(frozen=True)
class Scan:
    """One T1w volume of one visit and where it comes from.

    ``archives`` holds one path. It holds several when several files claim the same id: such a scan is planned like any
    other and ends as excluded, because which of them is meant is not ours to guess.
    """

    scan: str
    subject: str
    session: str
    source_id: str
    archives: tuple[Path, ...]

    @property
    def archive(self):
        """The archive, or the first of those that claim the same id."""
        return self.archives[0]

    def fields(self):
        """The same as plain text and lists, for the ``params`` of a rule."""
        return {
            "scan": self.scan,
            "subject": self.subject,
            "session": self.session,
            "source_id": self.source_id,
            "archives": [str(archive) for archive in self.archives],
        }


def find_scans(cohort, study):
    """All scans of a study, sorted by name, without opening a file; those of a made cohort need not exist yet.

    ``cohort`` is the section of the settings. Raises InputError where there is no archive at all and SettingsError for
    a source that is not known.
    """
    if cohort["source"] not in SOURCES:
        raise SettingsError(f'cohort.source "{cohort["source"]}" is not known; use one of {", ".join(SOURCES)}')
    claims = {}
    for source_id, archive in SOURCES[cohort["source"]](cohort, study):
        claims.setdefault(subject_name(source_id), []).append((source_id, archive))
    return [
        Scan(subject, subject, "", claims[subject][0][0], tuple(archive for _, archive in claims[subject]))
        for subject in sorted(claims)
    ]


def subject_name(source_id):
    """``sub-`` and the letters and digits of an id, as BIDS allows no others: ``011_S_0003`` is ``sub-011S0003``."""
    return "sub-" + (re.sub("[^A-Za-z0-9]", "", source_id) or "unnamed")


def id_in_name(archive):
    """The digits that a file name begins with, ``100307`` of ``100307_3T_Structural_preproc.zip``, else its stem."""
    stem = Path(archive).stem
    return re.match("[0-9]*", stem)[0] or stem


def _hcp_archives(cohort, study):
    folder = Path(cohort["archives"])
    if not folder.is_dir():
        raise InputError(f'no folder "{folder}" in {Path.cwd()}; set cohort.archives to the folder of the archives')
    names = sorted(name for name in os.listdir(folder) if name.lower().endswith(".zip") and not name.startswith("."))
    if not names:
        raise InputError(f'no *.zip in the folder "{folder}"; set cohort.archives to the folder of the archives')
    return [(id_in_name(name), folder / name) for name in names]


def _made_archives(cohort, study):
    # By name, as methods and networks are: the made cohort is built on top of this module.
    names = import_module("voxplain.demo.names").archive_names(cohort["made"])
    return [(id_in_name(name), Path("data", study, "archives", name)) for name in names.values()]


SOURCES = {"made": _made_archives, "hcp": _hcp_archives}
