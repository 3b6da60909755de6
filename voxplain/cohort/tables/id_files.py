"""Ids out of a file that lists them: plain lines, the first column of a table, or an array that NumPy saved."""

import csv
import io
import tokenize
from pathlib import Path

from voxplain.cohort.tables.plain_text import read_text
from voxplain.cohort.wording import shown
from voxplain.errors import InputError

# What the first cell of a file says when it is a header.
HEADERS = {"id", "ids", "subject", "subjects", "participant", "ptid", "rid", "scan", "scans", "name", "names"}
HEADERS |= {f"{what}id" for what in ("subject", "participant", "scan", "session", "source", "image", "imagedata")}
NO_ARRAY = (ValueError, OSError, EOFError, MemoryError, OverflowError, TypeError, SyntaxError, tokenize.TokenError)


def read_ids(path, setting):
    """``(id, reason)`` of every id in the file ``path``, in its order; the reason is ``""`` where none is given.

    A text file has one id a line; a reason may follow it behind a tab, comma or semicolon. Blank lines, lines that
    begin with ``#`` and a header are passed over, and an id that comes again is kept once. An array (``.npy``) is read
    without unpickling; ids that it holds as numbers become text. ``setting`` is where the path was given. Raises
    InputError for a file that holds no ids.
    """
    path = Path(path)
    if path.suffix.lower() == ".npy" and path.is_file():
        found = [(one, "") for one in _array_ids(path, setting)]
    else:
        found = _text_ids(path, setting)
    ids = {}
    for one, reason in found:
        if one:
            ids.setdefault(one, reason)
    if not ids:
        raise InputError(f"{shown(path, 500)}: no ids in it; set {setting} to a file with one id a line")
    return list(ids.items())


def _text_ids(path, setting):
    text, _ = read_text(path, setting)
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = [_parted(line) for line in lines]
    if rows and "".join(filter(str.isalnum, rows[0][0].lower())) in HEADERS:
        del rows[0]
    return [(cells[0], ", ".join(cell for cell in cells[1:] if cell)) for cells in rows]


def _parted(line):
    """The cells of ``line`` at its first tab, semicolon or comma, so that a reason may hold the others."""
    marks = [mark for mark in "\t;," if mark in line]
    first = min(marks, key=line.index) if marks else ","
    try:
        cells = next(csv.reader(io.StringIO(line), delimiter=first, skipinitialspace=True), [""])
    except csv.Error:
        cells = line.split(first)
    return [cell.strip() for cell in cells]


def _array_ids(path, setting):
    import numpy as np

    name = shown(path, 500)
    try:
        # Mapped, so that a header that promises more than the file holds takes no memory.
        values = np.load(path, allow_pickle=False, mmap_mode="r")
    except NO_ARRAY as why:
        if "object" in str(why).lower():
            raise InputError(f"{name}: holds Python objects; save the ids as text") from None
        raise InputError(f"{name}: no NumPy array ({shown(why)}); save the ids as text") from why
    if not isinstance(values, np.ndarray):
        raise InputError(f"{name}: several arrays packed together; set {setting} to a file of one")
    kind, values = (
        values.dtype.kind,
        np.asarray(values).ravel() if values.size == max(values.shape, default=1) else None,
    )
    if values is None or kind not in "USiuf":
        raise InputError(f"{name}: an array, but no list of numbers or texts; save the ids as text")
    if kind == "f" and any(not value.is_integer() for value in values.tolist()):
        raise InputError(f"{name}: numbers with decimals or gaps, which are no ids; save the ids as text")
    if kind == "U":
        # Python itself fails on a text whose letters cannot be.
        try:
            values.tobytes().decode("utf-32-be" if values.dtype.str.startswith(">") else "utf-32-le")
        except UnicodeDecodeError as why:
            raise InputError(f"{name}: damaged text ({shown(why)}); save the ids again") from why
    plain = {"S": lambda value: value.decode("latin-1"), "f": int}.get(kind, str)
    return [str(plain(value)).strip() for value in values.tolist()]
