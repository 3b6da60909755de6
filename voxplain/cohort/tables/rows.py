"""The study's table as rows that know their subject, visit and image, whatever its source calls those columns."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from voxplain.cohort.tables.delimited import Table, read_delimited
from voxplain.cohort.wording import shown

# What each source's own tables call these columns; a study that calls them otherwise says so in cohort.columns.
_HCP = {"subject": ("Subject",)}
_ADNI = {
    "subject": ("Subject", "Subject ID", "PTID"),
    "session": ("Visit", "VISCODE", "VISCODE2"),
    "image": ("Image Data ID", "Image ID", "Image.ID", "ImageUID"),
    "date": ("Acq Date", "Scan.Date", "Study Date", "EXAMDATE"),
}
_TABLE = {
    "subject": ("subject", "participant_id", "subject_id", "PTID"),
    "session": ("session", "session_id", "visit"),
    "path": ("path",),
    "mask": ("mask",),
    "date": ("date", "Scan.Date", "Acq Date"),
}
_BIDS = {"subject": ("participant_id",), "session": ("session_id",), "date": ("acq_time",)}
COLUMNS = {"made": _HCP, "hcp": _HCP, "adni": _ADNI, "bids": _BIDS, "table": _TABLE}
NEEDED = {"made": ["subject"], "hcp": ["subject"], "adni": ["subject"], "bids": ["subject"], "table": ["path"]}
PLACE = re.compile(r"\{([^{}]+)\}")
PTID = re.compile(r"\d{3}_S_\d{4,5}")
WHOLE_DECIMAL = re.compile(r"^(\d+)\.0$")


@dataclass(frozen=True)
class Row:
    """One row: its subject, visit, image and date as the table spells them, ``""`` where it does not say."""

    subject: str
    session: str
    image_id: str
    date: str
    mask: str
    cells: dict
    problem: str = ""


@dataclass(frozen=True)
class StudyTable:
    """The rows of a study, and the header of all its tables, which finds a column however it is spelled."""

    rows: list
    whole: Table
    joined: tuple = ()

    @property
    def header(self):
        """Names of the columns of the study's table and of those joined to it."""
        return self.whole.header

    @property
    def notes(self):
        """What had to be guessed or passed over in each of its files, a line each."""
        return [f"{shown(one.path, 500)}: {note}" for one in (self.whole, *self.joined) for note in one.notes]

    def column(self, name, setting):
        """``name`` as the header spells it; SettingsError with the nearest ones where there is none, or several."""
        return self.whole.column(name, setting)


def study_table(cohort, path=None):
    """The StudyTable of the section ``cohort``, further tables joined to it by subject; ``path`` stands for its table.

    Raises InputError for a file that is no table and SettingsError for a column that it lacks.
    """
    table = _read(cohort, path or cohort["table"])
    columns = {role: _column(role, cohort, table) for role in COLUMNS[cohort["source"]]}
    more = [_Further(one, columns["subject"]) for one in cohort["tables"]]
    rows = [_row(cells, columns, cohort["source"], more) for cells in table.rows]
    rows = _without_twins(rows)
    first_is_subject = table.header[0] == columns["subject"]
    for line, first, wrong in table.ragged:
        problem = f"line {line} of the table: {wrong}" if line else wrong
        rows.append(Row(first if first_is_subject else "", "", "", "", "", {}, problem))
    # A name that the study's own table has twice stays there twice, so that asking for it is refused.
    joined = dict.fromkeys(column for one in more for column in one.columns if column not in table.header)
    return StudyTable(rows, replace(table, header=[*table.header, *joined]), tuple(one.table for one in more))


def _read(cohort, path):
    if cohort["source"] != "bids":
        return read_delimited(path, "cohort.table")
    from voxplain.cohort.sources.bids_tables import bids_table

    return bids_table(Path(cohort["archives"]))


def _column(role, cohort, table):
    asked, source = cohort["columns"].get(role), cohort["source"]
    if asked and PLACE.search(asked):
        return PLACE.sub(lambda found: f"{{{table.column(found[1], f'cohort.columns.{role}')}}}", asked)
    if asked:
        return table.column(asked, f"cohort.columns.{role}")
    found = table.find(COLUMNS[source][role])
    if found is None and role in NEEDED[source]:
        return table.column(COLUMNS[source][role], f"cohort.columns.{role}")
    return found


def _row(cells, columns, source, more):
    def of(role):
        column = columns.get(role)
        return cells.get(column, "") if column else ""

    path = _filled(columns["path"], cells) if columns.get("path") else ""
    subject = _spelled(of("subject")) if columns["subject"] else _subject_in(path)
    image, problem = (path if source == "table" else _image_id(of("image"))), ""
    if not subject:
        told = shown(", ".join(cells.values()), 40)
        problem = f"no {columns['subject'] or 'subject'} in a row of the table ({told})"
    elif source == "table" and not path:
        problem = "no path in its row of the table"
    elif source == "table" and ".." in PurePath(path).parts:
        problem = f"its path {shown(path)!r} leaves the folder by ..; write the whole path"
    for table in more:
        cells = {**table.cells(subject), **cells}
    return Row(subject, of("session"), image if not problem else "", of("date"), of("mask"), cells, problem)


def _filled(pattern, cells):
    """The path in the column ``pattern``, or a pattern of columns filled in: spaces dropped, ``/`` made ``-``."""
    if not PLACE.search(pattern):
        return cells.get(pattern, "")
    return PLACE.sub(lambda found: cells.get(found[1], "").replace("/", "-").replace(" ", ""), pattern)


def _spelled(subject):
    """An id as its repository writes it: a spreadsheet makes 100307 a decimal, and people write 011_s_0003."""
    return subject.upper() if PTID.fullmatch(subject.upper()) else WHOLE_DECIMAL.sub(r"\1", subject)


def _subject_in(path):
    ptid = PTID.search(path)
    return ptid[0] if ptid else PurePath(path).name.split(".")[0]


def _image_id(text):
    return f"I{text.upper().lstrip('I')}" if text else ""


def _without_twins(rows):
    """The rows, those that speak of one image, or of one subject's one visit, more than once marked as problems."""

    def key(row):
        return (row.image_id,) if row.image_id else (row.subject, row.session)

    counts = Counter(key(row) for row in rows)
    return [
        row
        if row.problem or counts[key(row)] == 1
        else Row(
            row.subject, row.session, row.image_id, row.date, row.mask, row.cells,
            f"named {counts[key(row)]} times in the table; keep one row",
        )
        for row in rows
    ]  # fmt: skip


class _Further:
    """A further table of the study, its cells found by subject."""

    def __init__(self, settings, id_column):
        self.table = table = read_delimited(settings["path"], "cohort.tables")
        id_column = table.column(settings.get("id_column") or id_column, "cohort.tables.id_column")
        self.columns = [table.column(one, "cohort.tables.columns") for one in settings["columns"]]
        self.found = {}
        for cells in table.rows:
            self.found.setdefault(cells[id_column], []).append(cells)

    def cells(self, subject):
        """The wanted cells of ``subject``: empty where the table has no row for it, or several that differ."""
        held = {tuple(cells[column] for column in self.columns) for cells in self.found.get(subject, ())}
        return dict(zip(self.columns, held.pop(), strict=True)) if len(held) == 1 else dict.fromkeys(self.columns, "")
