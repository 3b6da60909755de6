"""The ledger: every scan that was found or that the table names, used or left out, at which stage and why."""

from collections import Counter

import pandas as pd

from voxplain.cohort.scans import subject_name
from voxplain.errors import InputError

COLUMNS = ["scan", "source_id", "archive", "status", "stage", "reason"]


def make_ledger(scans, table, problems, statuses, leave_out=()):
    """One row a scan, sorted by scan: the first stage that left it out, in the order in which they ask.

    Stages are ``settings`` (the study leaves it out), ``table`` (no row, or no clear class), ``archive`` (none,
    several, unreadable), ``extract`` (the member cannot be had), then those named in the status files. ``scans`` are
    dicts as Scan.fields gives them; ``table`` and ``problems`` come from read_table; ``statuses`` are the contents of
    the status files of every input. A scan that one input refuses is left out of the whole study, so that every
    experiment judges the same people.
    """
    named, wrong, unwanted = set(table["source_id"]), dict(problems), {str(one) for one in leave_out}
    refusals, prepared = {}, {status["scan"] for status in statuses}
    for status in statuses:
        if not status["accepted"]:
            refusals.setdefault(status["scan"], (status["stage"], status["reason"]))

    def verdict(scan, source_id, archive):
        if source_id in unwanted:
            return "settings", "named in cohort.leave_out"
        if source_id in wrong:
            return "table", wrong[source_id]
        if source_id not in named:
            return "table", "no row in the table"
        if not archive:
            return "archive", f"no archive whose name begins with {source_id}"
        if scan not in prepared:
            return "prepare", "no status file"
        return refusals.get(scan, ("", ""))

    found = [(one["scan"], one["source_id"], " ".join(one["archives"])) for one in scans]
    have = {source_id for _, source_id, _ in found}
    absent = dict.fromkeys(one for one in [*table["source_id"], *wrong] if one not in have)
    found += [(subject_name(one) if one else "", one, "") for one in absent]
    rows = []
    for scan, source_id, archive in sorted(found):
        stage, reason = verdict(scan, source_id, archive)
        rows.append((scan, source_id, archive, "excluded" if stage else "used", stage, reason))
    return pd.DataFrame(rows, columns=COLUMNS)


def used_scans(ledger):
    """Names of the scans that are used. InputError with the commonest reason where there are none."""
    used = ledger.loc[ledger["status"] == "used", "scan"].tolist()
    if not used:
        ids = zip(ledger["reason"], ledger["source_id"], strict=True)
        reasons = Counter(reason.replace(source_id, "<id>") if source_id else reason for reason, source_id in ids)
        reason, times = reasons.most_common(1)[0]
        raise InputError(f"no scan is left of {len(ledger)}; the commonest reason ({times} times): {reason}")
    return used
