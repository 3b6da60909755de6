"""A BIDS dataset, raw or derivative: its T1w images with their brain masks, and its table of subjects and sessions."""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from voxplain.cohort.bids_files import bids_files
from voxplain.cohort.delimited import read_delimited
from voxplain.cohort.wording import shown
from voxplain.errors import InputError, VoxplainError

KINDS = "raw", "derivative"
MAGNITUDE = None, "mag"


@dataclass(frozen=True)
class BidsImage:
    """An image and its mask (or None) by their paths below the dataset; ids without prefix, ``""`` for none."""

    subject: str
    session: str
    run: str
    acq: str
    volume: str
    mask: str | None


def bids_images(root, suffix="T1w", space=None, desc=None):
    """The images ``suffix`` of the dataset in the folder ``root``, sorted; those in its ``derivatives/`` are not.

    ``space`` and ``desc`` choose among images that have these entities. None means those without one or, where all
    have one, the only one there is. The mask is a ``desc-brain_mask`` of the same subject, session and space whose
    other entities are the image's too, in the dataset or below ``derivatives/*/``; None where two fit equally well.
    Raises InputError for what is no BIDS dataset, for names that are not BIDS's and where nothing is found.
    """
    root = Path(root)
    _check_description(root)
    files = bids_files(root, suffix)
    own = [one for one in files if not one.derivative]
    images = [one for one in own if one.suffix == suffix and one.entities.get("part") in MAGNITUDE]
    if not images:
        suffixes = Counter(one.suffix for one in own).most_common(5)
        found = ", ".join(f"{shown(name)} ({count})" for name, count in suffixes) or "no image at all"
        raise InputError(f"{shown(root, 500)}: no {suffix} image in its sub-* folders; found: {found}")
    for entity, asked in (("space", space), ("desc", desc)):
        images = _chosen(images, entity, asked, f"{shown(root, 500)}: {suffix} images")
    masks = {}
    for one in files:
        if one.suffix == "mask" and one.entities.get("desc") == "brain":
            masks.setdefault(_place(one), []).append(one)
    found = [
        BidsImage(
            subject=one.entities["sub"],
            session=one.entities.get("ses", ""),
            run=one.entities.get("run", ""),
            acq=one.entities.get("acq", ""),
            volume=one.path,
            mask=_mask_of(one, masks.get(_place(one), [])),
        )
        for one in images
    ]
    return sorted(found, key=lambda one: (one.subject, one.session, one.acq, one.run.zfill(6), one.volume))


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
        if path.exists():
            header, own = _rows(path, "session_id")
            columns |= dict.fromkeys(header)
        if not session:
            sessions |= {one for (one,) in own} | _session_folders(below)
        for one in sorted(sessions) or [""]:
            laid = cells | overlays.get((subject, one), {}) | own.get((one,), {})
            table.append(laid | {"participant_id": subject, "session_id": one})
    return list(columns), [{column: row.get(column, "") for column in columns} for row in table]


def _check_description(root):
    if not root.is_dir():
        raise InputError(f'no folder "{shown(root, 500)}" in {Path.cwd()}; set cohort.archives to the BIDS dataset')
    path = root / "dataset_description.json"
    try:
        description = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        found = "no dataset_description.json in it"
        raise InputError(f"{shown(root, 500)}: {found}; set cohort.archives to the BIDS dataset") from None
    except (OSError, ValueError, RecursionError) as fault:
        raise InputError(f"{shown(path, 500)}: no JSON ({shown(fault)}); write it as BIDS asks") from fault
    if not isinstance(description, dict):
        raise InputError(f"{shown(path, 500)}: no JSON object but {shown(description, 40)}; write it as BIDS asks")
    kind = description.get("DatasetType", "raw")
    if kind not in KINDS:
        found = f"DatasetType is {shown(kind)!r}"
        raise InputError(f"{shown(path, 500)}: {found}; give a dataset that is {' or '.join(KINDS)}")


def _chosen(images, entity, asked, told):
    values = Counter(one.entities.get(entity) for one in images)
    if asked is None and None not in values and len(values) == 1:
        return images
    if asked in values:
        return [one for one in images if one.entities.get(entity) == asked]
    found = [(f"{entity}-{value}" if value else f"no {entity}", count) for value, count in values.most_common(5)]
    listed = ", ".join(f"{value} ({count})" for value, count in found)
    wanted = f"none with {entity}-{shown(asked)}" if asked else f"several of {entity}"
    raise InputError(f"{told}: {wanted}; found: {listed}; choose one of them")


def _place(one):
    return one.entities["sub"], one.entities.get("ses"), one.entities.get("space")


def _mask_of(image, masks):
    held = image.entities | {"desc": "brain"}
    fits = [one for one in masks if one.entities.items() <= held.items()]
    most = max((len(one.entities) for one in fits), default=0)
    fits = [one for one in fits if len(one.entities) == most]
    return fits[0].path if len(fits) == 1 else None


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
            raise InputError(f"{shown(path, 500)}: {shown(' '.join(key).strip())} in two rows; keep one of them")
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
