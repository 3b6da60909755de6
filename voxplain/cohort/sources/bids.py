"""The T1w images of a BIDS dataset, raw or derivative, with their sessions, runs, acquisitions and brain masks."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from voxplain.cohort.sources.bids_files import bids_files
from voxplain.cohort.wording import counted, shown
from voxplain.errors import InputError

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
    fault: str = ""


def bids_images(root, suffix="T1w", space=None, desc=None):
    """The images ``suffix`` of the dataset in the folder ``root``, sorted; those in its ``derivatives/`` are not.

    ``space`` and ``desc`` choose among images that have these entities. None means those without one or, where all
    have one, the only one there is. The mask is a ``desc-brain_mask`` of the same subject, session and space whose
    other entities are the image's too, in the dataset or below ``derivatives/*/``; None where two fit equally well.
    An image whose name is not BIDS's has a ``fault``. Raises InputError for what is no BIDS dataset and where nothing
    is found.
    """
    root = Path(root)
    _check_description(root)
    files, broken = bids_files(root, suffix)
    own = [one for one in files if not one.derivative]
    images = [one for one in own if one.suffix == suffix and one.entities.get("part") in MAGNITUDE]
    if not images and broken:
        told = ", ".join(map(shown, broken[:3])) + ", ..." * (len(broken) > 3)
        found = f"{counted(len(broken), f'{suffix} image')}, and no name of them is BIDS's ({told})"
        raise InputError(f"{shown(root, 500)}: {found}; rename them")
    if not images:
        suffixes = Counter(one.suffix for one in own).most_common(5)
        found = ", ".join(f"{shown(name)} ({count})" for name, count in suffixes) or "no image at all"
        told = f"no {suffix} image in its sub-* folders; found: {found}"
        raise InputError(f"{shown(root, 500)}: {told}; give another dataset")
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
    found += [_unnamed(path) for path in broken]
    return sorted(found, key=lambda one: (one.subject, one.session, one.acq, one.run.zfill(6), one.volume))


def _unnamed(path):
    """An image whose name is not BIDS's, under the subject of its folder."""
    fault = f"{shown(path)}: not a name of BIDS; rename it or list it in .bidsignore"
    return BidsImage(path.split("/")[0].removeprefix("sub-"), "", "", "", path, None, fault)


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
