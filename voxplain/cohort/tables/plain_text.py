"""The text of a file that somebody saved somewhere, whatever its encoding; what is no text is refused by its name."""

import re
from pathlib import Path

from voxplain.cohort.wording import counted, shown
from voxplain.errors import InputError

# UTF-32 before UTF-16, whose mark it begins with.
MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
KINDS = {
    b"PK\x03\x04": "a spreadsheet or another zip file; export the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; export the sheet as CSV",
    b"\x1f\x8b": "packed with gzip; unpack it",
    b"%PDF": "a PDF; export the table as CSV",
    b"\x93NUMPY": "a NumPy array; save it as text",
}
PAGE = re.compile(r"\s*<(!doctype|html|head|\?xml)", re.IGNORECASE)
INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f\u2060\u00ad"))
BINARY = re.compile("[\x01-\x08\x0e-\x19\x1c-\x1f]")


def read_text(path, setting):
    """The text of ``path`` and notes on what had to be guessed; ``setting`` is where the path was given.

    UTF-8 and everything with a byte order mark are certain; else a file is taken for Windows-1252 or Latin-1, with a
    note. Characters that cannot be seen are taken out, as no id has them on purpose. Raises InputError for what is not
    there or no text: a folder, a spreadsheet, a web page that says "log in", a damaged file.
    """
    content = _content(Path(path), setting)
    for start, kind in KINDS.items():
        if content.startswith(start):
            raise InputError(f"{shown(path, 500)}: {kind}, and set {setting} to that")
    text, notes = _decoded(content, path)
    if PAGE.match(text):
        raise InputError(f"{shown(path, 500)}: a web page, perhaps a login; download the table again, signed in")
    text = text.rstrip("\x1a")
    if nuls := text.count("\0"):
        line = text[: text.index("\0")].count("\n") + 1
        found = f"damaged, {counted(nuls, 'NUL byte')} from line {line} on"
        raise InputError(f"{shown(path, 500)}: {found}; export or copy it again")
    if len(BINARY.findall(text[:4096])) > 0.01 * len(text[:4096]):
        raise InputError(f"{shown(path, 500)}: no text; set {setting} to a CSV or TSV file")
    clean = text.translate(INVISIBLE) if not text.isascii() else text
    if len(clean) < len(text):
        notes.append(f"{counted(len(text) - len(clean), 'invisible character')} taken out")
    return clean, notes


def _content(path, setting):
    try:
        if path.is_dir():
            raise InputError(f"{shown(path, 500)}: a folder; set {setting} to a file in it")
        if path.exists() and not path.is_file():
            raise InputError(f"{shown(path, 500)}: no ordinary file; set {setting} to one")
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"{shown(path, 500)}: no such file in {shown(Path.cwd(), 500)}; set {setting} to the file"
        ) from None
    except (OSError, ValueError) as fault:
        raise InputError(
            f"{shown(path, 500)}: cannot be read ({shown(fault)}); see that {setting} may be read"
        ) from fault


def _decoded(content, path):
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), None) or _unmarked(content)
    try:
        return content.decode(encoding or "utf-8"), []
    except UnicodeDecodeError as fault:
        if encoding:
            reason = f"said to be {encoding} but broken at byte {fault.start}"
            raise InputError(f"{shown(path, 500)}: {reason}; save it again as UTF-8") from fault
    try:
        return content.decode("cp1252"), ["not UTF-8: read as Windows-1252; see that accents are right"]
    except UnicodeDecodeError:
        return content.decode("latin-1"), ["not UTF-8: read as Latin-1; see that accents are right"]


def _unmarked(content):
    """UTF-16 that lacks its mark shows as a NUL in every other byte of plain letters."""
    pairs = len(content[:4096]) // 2
    if pairs > 1 and len(content) % 2 == 0:
        for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if content[first : 2 * pairs : 2].count(0) > 0.7 * pairs and not content[1 - first : 2 * pairs : 2].count(
                0
            ):
                return name
    return None
