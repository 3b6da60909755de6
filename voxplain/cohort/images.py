"""An image as it was found among the study's files, the scan that it becomes, and the names of both."""

import re
from dataclasses import asdict, dataclass, field
from pathlib import PurePath


@dataclass(frozen=True)
class Image:
    """One T1w image and what its place says about it; the tables say the rest.

    ``source_id`` is the subject as the repository spells it, ``session`` the visit as the files do (``""`` where they
    do not say), ``image_id`` what tells images of one visit apart. ``places`` holds for each kind of file (T1w, mask,
    a segmentation's name) the pairs of a container, an archive or a folder, and a name inside it where it may be.
    ``state`` is text that changes when the files do; ``""`` where the archives' contents have to be asked for it.
    ``fault`` says why the files cannot be used.
    """

    source_id: str
    session: str = ""
    image_id: str = ""
    places: dict = field(default_factory=dict)
    dicom: bool = False
    date: str = ""
    cells: dict = field(default_factory=dict)
    state: str = ""
    fault: str = ""

    def fields(self):
        """The same as plain text, lists and mappings, for the ``params`` of a rule."""
        return asdict(self)


@dataclass(frozen=True)
class Scan:
    """One T1w volume of one visit, where it comes from, what it is in each label, and why it is left out, if it is.

    ``places`` and ``state`` are its Image's. ``labels`` holds the class (or the value) in each label that it has one
    in; ``matched`` the subjects of its matched set in a label, ``unmatched`` why a label's class was taken from it;
    ``train`` and ``judge`` say what its visit is for; ``stage`` is ``""`` for a scan that is to be read.
    """

    scan: str
    source_id: str
    session: str = ""
    image_id: str = ""
    visit: str = ""
    date: str = ""
    site: str = ""
    archive: str = ""
    places: dict = field(default_factory=dict)
    dicom: bool = False
    state: str = ""
    labels: dict = field(default_factory=dict)
    cells: dict = field(default_factory=dict)
    matched: dict = field(default_factory=dict)
    unmatched: dict = field(default_factory=dict)
    train: bool = True
    judge: bool = True
    stage: str = ""
    reason: str = ""

    @property
    def subject(self):
        """``sub-011S0003``."""
        return subject_name(self.source_id)


def scan_name(source_id, session=""):
    """``sub-011S0003_ses-m12``; a subject without visits has no ``_ses-``."""
    return "_".join(filter(None, [subject_name(source_id), session_name(session)]))


def subject_name(source_id):
    """``sub-`` and the letters and digits of an id, as BIDS allows no others: ``011_S_0003`` is ``sub-011S0003``."""
    return "sub-" + (_plain(source_id) or "unnamed")


def session_name(session):
    """``ses-`` and the letters and digits of a visit, or ``""`` where there is none."""
    return "ses-" + (_plain(session) or "unnamed") if session else ""


def natural(text):
    """A key that sorts ``I9`` before ``I10``."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split("([0-9]+)", text)]


def _plain(text):
    return re.sub("[^A-Za-z0-9]", "", text)


def id_in_name(name):
    """The digits that a file name begins with, ``100307`` of ``100307_3T_Structural_preproc.zip``, else its stem."""
    stem = PurePath(name).stem
    return re.match("[0-9]*", stem)[0] or stem
