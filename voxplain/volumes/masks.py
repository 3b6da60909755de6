"""The brain mask that a tool made of a scan, as a file beside a status that says whether there is one."""

import json
from pathlib import Path

import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import write_status
from voxplain.volumes.volume import save_volume


def read_sources(sources):
    """Statuses of extracted scans, from the files ``sources``, and the volume of each that was accepted, by scan."""
    scans = [json.loads(Path(source).read_text()) for source in sources]
    folders = [Path(source).parent for source in sources]
    volumes = {
        scan["scan"]: still_there(folder / scan["files"]["T1w"], source)
        for scan, folder, source in zip(scans, folders, sources, strict=True)
        if scan["accepted"]
    }
    return scans, volumes


def still_there(path, status):
    """``path``, a file that ``status`` tells of; InputError where it is gone since, for which no scan is left out."""
    if not Path(path).is_file():
        raise InputError(f"{path}: it was there and is gone; put it back, or remove {status} and run again")
    return path


def write_mask(path, scan, mask):
    """Write the status ``path`` of a ``scan`` and beside it its ``mask``, a `Volume` or a text why there is none.

    A scan that was refused before keeps its stage and reason.
    """
    path = Path(path)
    file = path.with_name(f"{scan['scan']}_mask.nii.gz")
    file.unlink(missing_ok=True)
    found = {key: scan[key] for key in ("scan", "accepted", "stage", "reason")}
    if isinstance(mask, str):
        found |= {"accepted": False, "stage": "prepare", "reason": mask}
    elif found["accepted"]:
        save_volume(file, mask, np.uint8)
    found["files"] = {"mask": file.name} if found["accepted"] else {}
    write_status(path, found)
    return found


def read_mask(path):
    """The status in the file ``path``, and the path of its mask or None."""
    path = Path(path)
    found = json.loads(path.read_text())
    return found, path.parent / found["files"]["mask"] if found["accepted"] else None
