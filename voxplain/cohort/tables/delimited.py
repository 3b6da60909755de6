"""A table of text cells, whatever saved it: a database, a spreadsheet of any country, R. No cell's type is guessed."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from voxplain.cohort.tables.plain_text import read_text
from voxplain.cohort.wording import counted, nearest, shown
from voxplain.errors import InputError, SettingsError

SEPARATORS = "\t;,"
QUOTED = re.compile(r'(?:(?<=[,;\t\r\n])|^) *"(?:[^"]|"")*+"(?= *(?:[,;\t\r\n]|$))')
SPOKEN = re.compile(r'\s*"?sep=([,;|\t])"?[,;\t ]*(?:\r\n|\r|\n)', re.IGNORECASE)
END = "\0"


@dataclass(frozen=True)
class Table:
    """Rows by the names of the header; the rows that do not fit it, each with the line it begins in and its first cell.

    Every cell is text as it was written, without spaces around it: ``007`` stays ``007``. Where two columns have one
    name, the rows hold the last of them and ``column`` refuses the name. ``notes`` says what was guessed.
    """

    path: Path
    header: list
    rows: list
    ragged: list
    notes: list

    def find(self, names):
        """The column called by the first of ``names`` that is there, spelled as in the header, or None.

        ``names`` is one name or a tuple of alternatives. Each is looked for as it stands, then in any case, then by its
        letters and digits alone (``Image.ID``, as R writes ``Image ID``). Raises SettingsError where two columns fit.
        """
        for name in _alternatives(names):
            for alike in (str, str.casefold, _letters):
                fits = [column for column in self.header if alike(column) and alike(column) == alike(name)]
                if len(fits) > 1:
                    spelled = ", ".join(f'"{shown(column)}"' for column in dict.fromkeys(fits))
                    found = f'"{shown(name)}" is {len(fits)} columns of {shown(self.path, 500)} ({spelled})'
                    raise SettingsError(f"{found}; rename or remove all but one")
                if fits:
                    return fits[0]
        return None

    def column(self, names, setting):
        """As ``find``, for a column that must be there; SettingsError names ``setting`` and the nearest columns."""
        try:
            found = self.find(names)
        except SettingsError as fault:
            raise SettingsError(f"{setting}: {fault}") from None
        if found is not None:
            return found
        asked = _alternatives(names)
        told = " or ".join(f'"{shown(name)}"' for name in asked)
        named = [column for column in self.header if column]
        hint = " (commas, semicolons or tabs part columns)" if len(named) == 1 else ""
        near = f"nearest of its {len(named)}: {nearest(asked[0], named)}{hint}"
        raise SettingsError(f"{setting} is {told}, no column of {shown(self.path, 500)}; {near}")


def read_delimited(path, setting="cohort.table"):
    """The Table in the file ``path``, parted by commas, semicolons or tabs as its header shows.

    ``setting`` is where the path was given, for messages. Raises InputError for a file that is no text, that has no
    header or no row, of which no row fits the header, or whose end is swallowed by an open quotation mark.
    """
    text, notes = read_text(path, setting)
    spoken = SPOKEN.match(text)
    lines = list(io.StringIO(text[spoken.end() if spoken else 0 :], newline=""))
    separator = spoken[1] if spoken else _separator(lines)
    records = _records(lines, separator, path, skipped=1 if spoken else 0)
    header = next(records, (0, None, 1))[1]
    if header is None:
        raise InputError(f"{shown(path, 500)}: empty; set {setting} to a table with a header")
    while not header[-1]:
        header.pop()
    width, rows, ragged, long, again = len(header), [], [], [], 0
    for line, cells, span in records:
        if span > 1:
            long.append(line)
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        if cells == header:
            again += 1
        elif len(cells) == width:
            rows.append(dict(zip(header, cells, strict=True)))
        else:
            ragged.append((line, cells[0], _wrong(len(cells), width)))
    if not rows and not ragged:
        found = f"a header of {counted(width, 'column')} without a row"
        raise InputError(f"{shown(path, 500)}: {found}; export the table again")
    if not rows:
        line, _, wrong = ragged[0]
        hint = "; R leaves out the header of row names: write the table with row.names = FALSE"
        extra = hint if wrong == _wrong(width + 1, width) else ""
        raise InputError(f"{shown(path, 500)}: no row fits the header; line {line}: {wrong}{extra}")
    if again:
        notes.append(f"the header stands again in {counted(again, 'row')}; passed over")
    if long:
        told = f"longer than a line: {counted(len(long), 'row')}, the first in line {long[0]}"
        notes.append(f"{told}; if a quotation mark lacks its partner there, rows are hidden in a cell")
    if twice := [shown(name, 40) for name, count in Counter(header).items() if count > 1 and name]:
        notes.append(f"columns of one name: {', '.join(twice[:5])}")
    return Table(Path(path), header, rows, ragged, notes)


def _alternatives(names):
    return [str(name).strip() for name in (names if isinstance(names, tuple | list) else [names])]


def _letters(name):
    return "".join(filter(str.isalnum, name.casefold()))


def _wrong(count, width):
    cause = "a separator inside a cell may lack its quotes" if count > width else "its end may have been cut off"
    return f"{counted(count, 'field')}, but {counted(width, 'column')}; {cause}"


def _separator(lines):
    """The mark that parts the header's columns; of several, the one by which most of the first rows are as wide."""
    text = QUOTED.sub("", "".join(lines[:200])[:100_000])
    header = next((line for line in re.split("[\r\n]", text) if line.strip(" \t,;")), "")
    marks = [mark for mark in SEPARATORS if mark in header]
    if len(marks) < 2:
        return marks[0] if marks else ","

    def agreement(mark):
        widths = [len(cells) for cells in csv.reader(lines[:50], delimiter=mark, skipinitialspace=True) if any(cells)]
        return sum(width == widths[0] for width in widths), widths[0]

    try:
        return max(marks, key=agreement)
    except csv.Error:
        return max(marks, key=header.count)


def _records(lines, separator, path, skipped):
    """Of every row that is not empty: the line it begins in, its stripped cells, and how many lines it takes."""
    # A row behind the last one, which an open quotation mark would swallow.
    last = [] if not lines or lines[-1].endswith(("\r", "\n")) else ["\n"]
    reader = csv.reader(chain(lines, last, [END]), delimiter=separator, skipinitialspace=True)
    line = 1 + skipped
    try:
        for cells in reader:
            if cells == [END]:
                return
            if cells and END in cells[-1]:
                break
            cells = [cell.strip() for cell in cells]
            if any(cells):
                yield line, cells, reader.line_num + 1 + skipped - line
            line = reader.line_num + 1 + skipped
    except csv.Error as fault:
        cause = f"{shown(fault)}; a quotation mark may lack its partner"
        raise InputError(f"{shown(path, 500)}: cannot be parted in line {line}: {cause}") from fault
    raise InputError(f"{shown(path, 500)}: a quotation mark in line {line} is never closed; close it, or export again")
