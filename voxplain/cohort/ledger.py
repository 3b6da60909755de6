"""The ledger: every scan that was found or that the table names, used or left out, at which stage and why."""

from collections import defaultdict

import pandas as pd

from voxplain.cohort.scans import commonest
from voxplain.errors import InputError

COLUMNS = ["scan", "source_id", "image_id", "visit", "archive", "status", "stage", "reason", "labels", "notes"]


def make_ledger(scans, statuses, rated=None):
    """One row a scan, in the order of ``scans``: the first stage that left it out, in the order in which they ask.

    Stages are ``settings`` (the study leaves it out), ``archive`` (no file, or none that can be opened), ``table`` (no
    row, or no clear class), ``selection`` (``cohort.where``, its visit, a repeat), ``folds`` (in no file of a given
    split), ``matching`` (no match by ``folds.match``), those named in the status files, then ``quality``. ``scans`` are
    Scans, ``statuses`` the contents of the status files of every input, ``rated`` the reasons of the scans that
    somebody's ratings exclude, by name. A scan that one input refuses is left out of the whole study, so that every
    experiment judges the same people. Column ``labels`` names the labels that have a class for it, ``notes`` what was
    mended in its files and by which label's matching it lost its class.
    """
    refusals, notes, prepared = {}, defaultdict(dict), {status["scan"] for status in statuses}
    for status in statuses:
        notes[status["scan"]] |= dict.fromkeys(status.get("notes", ()))
        if not status["accepted"]:
            refusals.setdefault(status["scan"], (status["stage"], status["reason"]))
    rows = []
    for scan in scans:
        stage, reason = scan.stage, scan.reason
        if not stage and scan.scan not in prepared:
            stage, reason = "prepare", "no status file"
        if not stage:
            stage, reason = refusals.get(scan.scan, ("", ""))
        if not stage and scan.scan in (rated or {}):
            stage, reason = "quality", rated[scan.scan]
        about = (scan.scan, scan.source_id, scan.image_id, scan.visit, scan.archive)
        matching = [f"label {label}: {why} (folds.match)" for label, why in scan.unmatched.items()]
        told = "" if stage else "; ".join([*notes[scan.scan], *matching])
        rows.append((*about, "excluded" if stage else "used", stage, reason, " ".join(scan.labels), told))
    return pd.DataFrame(rows, columns=COLUMNS)


def used_scans(ledger):
    """Names of the scans that are used. InputError with the commonest reason where there are none."""
    used = ledger.loc[ledger["status"] == "used", "scan"].tolist()
    if not used:
        raise InputError(commonest(list(ledger.itertuples(index=False))))
    return used
