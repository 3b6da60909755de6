"""The way of a study from its files to its folds, as the workflow goes it, all but the registration."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from scripts.convert_scan import convert_scan
from scripts.extract_scan import extract_scan
from scripts.make_folds import labelled_scans, make_folds
from scripts.tabulate_scans import tabulate_scans
from voxplain.cohort.dealing.columns import asked_of_folds
from voxplain.cohort.scans import find_scans
from voxplain.errors import InputError
from voxplain.volumes.prepare import refuse_scan
from voxplain.volumes.volume import read_mask, read_noted


@dataclass
class Walked:
    """Where a study arrives: its tables, its volumes by scan, and the folder that all was written to."""

    scans: pd.DataFrame
    ledger: pd.DataFrame
    folds: pd.DataFrame
    volumes: dict
    folder: Path

    def written(self):
        """Every file that was written, but tables and statuses."""
        return [path for path in self.folder.rglob("*") if path.is_file() and path.parent != self.folder]


def walked(settings, folder, mask):
    """Walk the whole way; ``mask`` says whether scans need one. Raises what the workflow would raise."""
    cohort = settings["cohort"]
    images, scans = find_scans(settings)
    volumes, statuses = {}, []
    folder.mkdir()
    for scan in scans:
        if not scan.stage:
            statuses.append(folder / f"{scan.scan}_status.json")
            source = extracted(scan, folder / scan.scan, mask, cohort["verify_md5"])
            status, volumes[scan.scan] = read(source, folder / scan.scan, cohort["form"])
            statuses[-1].write_text(json.dumps(status))
    table = cohort["table"] or f"{cohort['archives']}/participants.tsv"
    used, ledger = tabulate_scans([image.fields() for image in images], table, statuses, settings)
    used.to_csv(folder / "scans.tsv", sep="\t", index=False)
    (label,) = cohort["labels"]
    # Five subjects are too few to set some aside for choosing the epoch.
    asked = asked_of_folds(settings) | {"validation": 0}
    folds = make_folds(labelled_scans(folder / "scans.tsv", label, asked), asked)
    return Walked(used, ledger, folds, volumes, folder)


def extracted(scan, folder, mask, verify_md5):
    """The status of the scan's extraction, or of its conversion from DICOM."""
    if scan.dicom:
        ((container, prefix),) = scan.places["T1w"]
        return convert_scan(container, prefix, scan.scan, folder)
    return extract_scan(scan.places, scan.scan, folder, mask=mask, verify_md5=verify_md5)


def read(source, folder, form):
    """The status of preparing a scan as far as reading its files goes, and its volume, or None."""
    scan, files = source["scan"], source["files"]
    if not source["accepted"]:
        return refuse_scan(folder, scan, "affine", source["stage"], source["reason"]), None
    try:
        head, notes = read_noted(folder / files["T1w"], form)
        if "mask" in files:
            notes += read_mask(folder / files["mask"], head, form)[1]
    except InputError as fault:
        return refuse_scan(folder, scan, "affine", "prepare", str(fault)), None
    status = {"scan": scan, "input": "affine", "accepted": True, "stage": None, "reason": None, "measures": {}}
    return status | {"notes": notes}, head


class Logged(logging.Handler):
    """Warnings of voxplain while it is entered, line by line."""

    def __enter__(self):
        self.lines = []
        logging.getLogger("voxplain").addHandler(self)
        return self

    def __exit__(self, *exception):
        logging.getLogger("voxplain").removeHandler(self)

    def emit(self, record):
        if record.levelno >= logging.WARNING:
            self.lines.append(record.getMessage())
