"""The table of an atlas, which says what each of its labels is called, in the formats that published atlases have."""

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree  # nosec B405

from voxplain.cohort.wording import shown
from voxplain.errors import InputError

# Headings of a column of numbers and of one of names, in the order in which they are believed
INDICES = ("index", "value", "label", "no.", "no", "number", "id", "roi", "roi_id", "label id")
NAMES = ("name", "label name", "labelname", "label_name", "region", "region name", "structure", "roi_name", "labels")
WRITTEN = "index\tname\tvoxels"
_NUMBER = re.compile(r"[-+]?[\d.]+")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")


def read_names(path):
    """Names of labels by index, from a table of any of the usual shapes.

    Text, as of AAL, Brainnetome, the ICBM white matter or FreeSurfer's colour table: a line is an index and a name,
    between them tabs, commas or blanks, and among them further numbers (colours) or a short code; a short code, a name
    and an index (AAL for SPM); columns with headings, as BIDS has them; or every line is a name and the first has
    index 1. XML as of FSL, whose first structure, 0, has the value 1 in the volume, or of SPM. JSON: names by index.
    The background, 0, is left out. Raises InputError for a file that is none, or that names a label twice.
    """
    about = shown(Path(path).name)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{about}: cannot be read as text ({shown(error)}); give a table") from error
    if text.lstrip().startswith("<"):
        pairs = _of_xml(text, about)
    elif text.lstrip().startswith("{"):
        pairs = _of_json(text, about)
    else:
        pairs = _of_lines(text)
    return _named_once(pairs, about)


def write_names(path, names, counts):
    """Write the table of an atlas on a grid: index, name and voxels, which ``counts`` has by index, of each label."""
    rows = (f"{index}\t{name}\t{counts.get(index, 0)}\n" for index, name in sorted(names.items()))
    Path(path).write_text(f"{WRITTEN}\n{''.join(rows)}", encoding="utf-8")


def is_written(path):
    """Whether the table is one of `write_names`, which names what its atlas has and nothing beyond."""
    with open(path, encoding="utf-8-sig", errors="replace") as lines:
        return lines.readline().strip() == WRITTEN


def _of_lines(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rows = [_fields(line) for line in lines]
    # a title may stand above the headings
    for first in range(min(len(rows), 3)):
        if columns := _columns(rows[first:]):
            index, name = columns
            return [(row[index], row[name]) for row in rows[first + 1 :] if len(row) > max(columns)]
    pairs = [pair for line, row in zip(lines, rows, strict=True) if (pair := _pair(line, row))]
    return pairs or [(str(number), line.strip().strip('"')) for number, line in enumerate(lines, start=1)]


def _columns(rows):
    """Places of the column of numbers and of that of names, where the first of ``rows`` is made of headings."""
    headings = [field.lower() for field in rows[0]] if rows else []
    index = next((headings.index(one) for one in INDICES if one in headings), None)
    name = next((headings.index(one) for one in NAMES if one in headings), None)
    numbered = index is not None and all(len(row) > index and row[index].isdigit() for row in rows[1:])
    return (index, name) if numbered and name is not None and len(rows) > 1 else None


def _pair(line, row):
    words = [field for field in row[1:] if field and not _NUMBER.fullmatch(field) and not _COLOUR.fullmatch(field)]
    if row[0].isdigit() and words:
        return row[0], words[-1] if _delimiter(line) else " ".join(words)
    # AAL for SPM: FAG  Precentral_L  2001
    if len(row) == 3 and row[2].isdigit() and len(words) == 1 and not row[0].isdigit():
        return row[2], row[1]
    return None


def _fields(line):
    delimiter = _delimiter(line)
    fields = next(csv.reader([line], delimiter=delimiter)) if delimiter else line.split()
    return [field.strip().strip('"') for field in fields]


def _delimiter(line):
    return next((one for one in "\t,;" if one in line), None)


def _of_xml(text, about):
    try:
        # expat itself stops entities that grow without end, and fetches none
        tree = ElementTree.fromstring(text)  # nosec B314
    except ElementTree.ParseError as error:
        raise InputError(f"{about}: XML that cannot be read ({shown(error)}); fetch it again") from error
    labels = tree.findall(".//label")
    if labels and all(label.find("index") is not None and label.find("name") is not None for label in labels):
        return [(label.findtext("index"), label.findtext("name")) for label in labels]
    found = [(label.get("index", ""), "".join(label.itertext())) for label in labels]
    if not found or not all(index.strip().isdigit() for index, _ in found):
        raise InputError(f"{about}: XML without labels; give the atlas's table as FSL or SPM have it")
    # FSL counts structures from 0, and the volume of most likely structures keeps 0 for none
    first = 0 if found[0][1].strip().lower() in ("unclassified", "background", "*.*.*.*.*") else 1
    return [(str(int(index) + first), name) for index, name in found]


def _of_json(text, about):
    try:
        pairs = [(str(index), str(name)) for index, name in json.loads(text).items()]
    except ValueError as error:
        raise InputError(f"{about}: JSON that cannot be read ({shown(error)}); fetch it again") from error
    # either way round: {"1": "Precentral_L"} or {"Precentral_L": 1}
    return pairs if all(index.isdigit() for index, _ in pairs) else [(index, name) for name, index in pairs]


def _named_once(pairs, about):
    names = {}
    for index, name in pairs:
        if not str(index).strip().isdigit():
            raise InputError(f"{about}: {shown(index)} is no whole number from 0 on; give each name the value it has")
        number, name = int(index), " ".join(name.split())
        if number == 0 or not name:
            continue
        if names.get(number, name) != name:
            raise InputError(f"{about}: label {number} is {shown(names[number])} and {shown(name)}; keep one")
        names[number] = name
    if not names:
        raise InputError(f"{about}: names no label; give a table of indices and names")
    return names
