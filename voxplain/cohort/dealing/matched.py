"""Scans of matched cohorts: who has no match, or lost it, has no class any more, and the ledger says why."""

from dataclasses import replace

from voxplain.cohort.dealing.columns import told_of
from voxplain.cohort.dealing.matching import alike, lacking, matched_sets
from voxplain.errors import SettingsError


def matched_scans(scans, labels, wanted, seed):
    """``scans`` with the classes of those alone that have a match in each of ``labels``, Labels.

    ``wanted`` is ``{column: exact | the greatest difference}``. A subject is what its first scan says. Who has no match
    loses the class, with the reason in ``unmatched``, and is left out at the stage ``matching`` where no other label
    has a class for the scan. Labels that are numbers have no classes to be matched. Raises SettingsError where all are,
    and for a label whose column is to be matched.
    """
    if all(label.kind == "regression" for label in labels):
        raise SettingsError("folds.match matches classes, but what the study tells is a number; leave it out")
    for label in labels:
        if label.kind == "regression":
            continue
        if label.column in wanted:
            raise SettingsError(f"folds.match names {label.column}, which label {label.name} tells; leave it out")
        scans = _matched(scans, label, wanted, seed)
    return scans


def without_broken_sets(scans, lost):
    """``scans`` with the classes of those alone whose match is not ``lost``, names of scans that are left out."""
    for label in sorted({label for scan in scans for label in scan.matched}):
        here = {scan.subject for scan in scans if label in scan.matched and scan.scan not in lost}
        scans = [scan if scan.scan in lost else _in_whole_set(scan, label, here) for scan in scans]
    return scans


def whole_sets(rows):
    """Those of ``rows``, mappings with subject and matched, of whose sets nobody is missing among them."""
    here = {row["subject"] for row in rows}
    return [row for row in rows if set(row.get("matched") or ()) <= here]


def _in_whole_set(scan, label, here):
    gone = [one for one in scan.matched.get(label, ()) if one not in here]
    return _without(scan, label, f"its match {gone[0]} was left out") if gone else scan


def _matched(scans, label, wanted, seed):
    people, without = {}, {}
    for scan in scans:
        if not scan.stage and label.name in scan.labels and scan.subject not in people:
            people[scan.subject] = (scan.labels[label.name], {column: told_of(scan, column) for column in wanted})
    for subject, (_, cells) in list(people.items()):
        if column := lacking(cells, wanted):
            without[subject] = f"no {column} to match by"
            del people[subject]
    sets = matched_sets(people, wanted, seed)
    without |= {subject: f"no match with {alike(wanted)}" for subject in people if subject not in sets}
    return [_told(scan, label.name, sets, without) for scan in scans]


def _told(scan, label, sets, without):
    if scan.stage or label not in scan.labels:
        return scan
    if scan.subject in without:
        return _without(scan, label, without[scan.subject])
    return replace(scan, matched=scan.matched | {label: sets[scan.subject]})


def _without(scan, label, why):
    labels = {name: value for name, value in scan.labels.items() if name != label}
    matched = {name: value for name, value in scan.matched.items() if name != label}
    scan = replace(scan, labels=labels, matched=matched, unmatched=scan.unmatched | {label: why})
    return scan if labels else replace(scan, stage="matching", reason=f"label {label}: {why} (folds.match)")
