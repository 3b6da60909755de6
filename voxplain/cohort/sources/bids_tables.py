"""The table of a BIDS dataset: its participants, under what is told of their sessions."""

import os
import re
from pathlib import Path

from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.wording import shown
from voxplain.errors import InputError, VoxplainError

LABEL = re.compile("[0-9A-Za-z+]{1,99}")


def bids_table(root):
    """Names of the columns, and the rows as mappings, of the dataset in the folder ``root``; every cell is text.

    One row for each participant and session that a table or a folder has: ``participants.tsv``, under the cells of
    ``sessions.tsv``, under those of ``sub-*/sub-*_sessions.tsv``. ``participant_id`` and ``session_id`` come without
    their prefixes; the session is ``""`` for a participant without any. ``n/a`` is ``""``. Raises InputError for a
    table that is missing or cannot be read, and for one that names somebody twice.
    """
    root = Path(root)
    if not (root / "participants.tsv").exists():
        raise InputError(f"{shown(root, 500)}: no participants.tsv; put the dataset's table of participants there")
    header, people = _rows(root / "participants.tsv", "participant_id")
    columns = dict.fromkeys(["participant_id", "session_id", *header])
    overlays = {}
    if (root / "sessions.tsv").exists():
        header, rows = _rows(root / "sessions.tsv", "participant_id", "session_id")
        columns |= dict.fromkeys(header)
        overlays = dict(rows)
    table = []
    for (subject, session), cells in people.items():
        sessions = {session} if session else {one for who, one in overlays if who == subject}
        below = root / f"sub-{subject}"
        path = below / f"sub-{subject}_sessions.tsv"
        own = {}
        named = LABEL.fullmatch(subject) is not None
        if named and path.exists():
            header, own = _rows(path, "session_id")
            columns |= dict.fromkeys(header)
        if named and not session:
            sessions |= {one for (one,) in own} | _session_folders(below)
        for one in sorted(sessions) or [""]:
            laid = cells | overlays.get((subject, one), {}) | own.get((one,), {})
            table.append(laid | {"participant_id": subject, "session_id": one})
    return list(columns), [{column: row.get(column, "") for column in columns} for row in table]


def session_tables(root):
    """Paths of the dataset's tables of sessions that there are, besides participants.tsv."""
    root = Path(root)
    return [*root.glob("sessions.tsv"), *sorted(root.glob("sub-*/sub-*_sessions.tsv"))]


def _rows(path, *keys):
    """The other columns' names and, by the cells of ``keys`` without their prefixes, the cells of each row."""
    table = read_delimited(path, "cohort.archives")
    try:
        columns = [table.column(key, "cohort.archives") for key in keys]
    except VoxplainError as fault:
        raise InputError(f"{shown(path, 500)}: no column {' and '.join(keys)} ({fault})") from fault
    for line, first, wrong in table.ragged[:1]:
        raise InputError(f"{shown(path, 500)}: line {line} ({shown(first, 40)}): {wrong}")
    if keys == ("participant_id",) and "session_id" in table.header:
        columns.append("session_id")
    rows = {}
    for cells in table.rows:
        cells = {name: "" if cell.lower() == "n/a" else cell for name, cell in cells.items()}
        key = tuple(_bare(cells[column]) for column in columns)
        if keys == ("participant_id",):
            key = (*key, "")[:2]
        if key in rows:
            told = shown(" ".join(key).strip()) or "no id"
            raise InputError(f"{shown(path, 500)}: {told} in two rows; keep one of them")
        rows[key] = {name: cell for name, cell in cells.items() if name not in columns}
    return [name for name in table.header if name not in columns], rows


def _bare(cell):
    return cell.removeprefix("sub-").removeprefix("ses-")


def _session_folders(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {name.removeprefix("ses-") for name in names if name.startswith("ses-") and (folder / name).is_dir()}
