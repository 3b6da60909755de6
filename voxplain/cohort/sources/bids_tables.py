"""The table of a BIDS dataset: its participants, under what is told of their sessions."""

import os
import re
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from voxplain.cohort.tables.delimited import Table, read_delimited
from voxplain.cohort.wording import shown
from voxplain.errors import InputError, VoxplainError

LABEL = re.compile("[0-9A-Za-z+]{1,99}")


def bids_table(root):
    """The Table of the dataset in the folder ``root``: a row for each participant and session of a table or a folder.

    It is ``participants.tsv``, under the cells of ``sessions.tsv``, under those of ``sub-*/sub-*_sessions.tsv``.
    ``participant_id`` and ``session_id`` come first, without their prefixes; the session is ``""`` for a participant
    without any. ``n/a`` is ``""``. Whoever a table names twice has two rows; rows that do not fit their header are
    ragged, under the participant's id. Raises InputError for a table that is missing or cannot be read.
    """
    root = Path(root)
    path = root / "participants.tsv"
    if not path.exists():
        raise InputError(f"{shown(root, 500)}: no participants.tsv; put the dataset's table of participants there")
    people, over = _read(path, "participant_id"), NOTHING
    if (root / "sessions.tsv").exists():
        over = _read(root / "sessions.tsv", "participant_id", "session_id")
    columns = dict.fromkeys(["participant_id", "session_id", *people.header, *over.header])
    ragged, rows = [*people.ragged, *over.ragged], []
    for (subject, session), cells in people.rows:
        own, sessions = NOTHING, {session} if session else {one for (who, one), _ in over.rows if who == subject}
        if LABEL.fullmatch(subject):
            own = _own_sessions(root / f"sub-{subject}", subject)
            columns |= dict.fromkeys(own.header)
            ragged += own.ragged
            if not session:
                sessions |= {one for (one,), _ in own.rows} | _session_folders(root / f"sub-{subject}")
        for one in sorted(sessions) or [""]:
            for above, last in product(over.of((subject, one)), own.of((one,))):
                rows.append(cells | above | last | {"participant_id": subject, "session_id": one})
    rows = [{column: row.get(column, "") for column in columns} for row in rows]
    return Table(path, list(columns), rows, ragged, [])


def session_tables(root):
    """Paths of the dataset's tables of sessions that there are, besides participants.tsv."""
    root = Path(root)
    return [*root.glob("sessions.tsv"), *sorted(root.glob("sub-*/sub-*_sessions.tsv"))]


@dataclass(frozen=True)
class _Keyed:
    """A table by the cells of its key columns: the other columns, pairs of key and cells, and its ragged rows."""

    header: list
    rows: list
    ragged: list

    def of(self, wanted):
        """Cells of every row with the key ``wanted``, or one row of none."""
        return [cells for key, cells in self.rows if key == wanted] or [{}]


NOTHING = _Keyed([], [], [])


def _own_sessions(folder, subject):
    path = folder / f"sub-{subject}_sessions.tsv"
    if not path.exists():
        return NOTHING
    try:
        own = _read(path, "session_id")
    except InputError as fault:
        return replace(NOTHING, ragged=[(0, subject, str(fault))])
    return replace(own, ragged=[(line, subject, f"{wrong} ({path.name})") for line, _, wrong in own.ragged])


def _read(path, *keys):
    table = read_delimited(path, "cohort.archives")
    try:
        columns = [table.column(key, "cohort.archives") for key in keys]
    except VoxplainError as fault:
        raise InputError(f"{shown(path, 500)}: no column {' and '.join(keys)} ({fault})") from fault
    people = keys == ("participant_id",)
    if people and "session_id" in table.header:
        columns.append("session_id")
    rows = []
    for cells in table.rows:
        cells = {name: "" if cell.lower() == "n/a" else cell for name, cell in cells.items()}
        key = tuple(_bare(cells[column]) for column in columns)
        rest = {name: cell for name, cell in cells.items() if name not in columns}
        rows.append(((*key, "")[:2] if people else key, rest))
    ragged = [(line, _bare(first), wrong) for line, first, wrong in table.ragged]
    return _Keyed([name for name in table.header if name not in columns], rows, ragged)


def _bare(cell):
    return cell.removeprefix("sub-").removeprefix("ses-")


def _session_folders(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {name.removeprefix("ses-") for name in names if name.startswith("ses-") and (folder / name).is_dir()}
