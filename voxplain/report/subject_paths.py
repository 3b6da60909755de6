"""Which scans have a page of their own, and where it is: all, none, or those that deserve a look first."""

from voxplain.report.answers import scan_answers

ALL, NONE = "all", "none"


def subject_paths(results):
    """``{scan: path below the report}`` of the scans with a page, in the order of the ledger.

    ``report.subjects`` says how many, the ones that deserve a look first.
    """
    asked = results.settings.get("report", {}).get("subjects", ALL)
    return {scan: f"subjects/{scan}.html" for scan in first_scans(results, asked)}


def first_scans(results, asked, used_only=False):
    """Names of the scans that deserve a look first, ``asked`` of them (or all, or none), in the order of the ledger.

    First come scans with a mark and those refused, then those that a network told wrongly, then the others that were
    used; who was left out before it was prepared comes last. used_only: of those that were used alone.
    """
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None or asked in (NONE, 0):
        return []
    scans = ledger.dropna(subset=["scan", "archive"])
    scans = scans[scans["status"] == "used"] if used_only else scans
    names = scans["scan"].tolist()
    if asked == ALL or asked >= len(names):
        return names
    used = set(scans.loc[scans["status"] == "used", "scan"])
    marked, wrong = _marked(results), _wrong(results)
    chosen = set(sorted(names, key=lambda scan: (scan not in marked, scan not in wrong, scan not in used))[:asked])
    return [scan for scan in names if scan in chosen]


def _marked(results):
    table = results.table("quality/qc.tsv")
    return set() if table is None else set(table.dropna(subset="flag")["scan"])


def _wrong(results):
    wrong = set()
    for experiment in results.experiments:
        answers = scan_answers(results, experiment)
        if answers is not None and answers["right"].notna().all():
            wrong |= set(answers.index[~answers["right"].astype(bool)])
    return wrong
