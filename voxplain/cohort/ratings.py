"""What somebody who looked at the scans thinks of them: a table of ratings, of which `exclude` leaves a scan out."""

from difflib import get_close_matches
from pathlib import PurePath

from voxplain.cohort.tables.delimited import read_delimited
from voxplain.cohort.wording import nearest, shown
from voxplain.errors import InputError

SETTING = "cohort.ratings"
EXCLUDE = "exclude"


def rated_out(path, scans):
    """Every scan that the table ``path`` rates `exclude`, with the reason: its comment, or that there is none.

    The table has the columns scan, rating and, where there are comments, comment; ``scans`` are the names of all scans
    of the study. Other ratings and empty ones leave nobody out, and a scan may stand in several rows that agree.
    Raises InputError for a row that does not fit, a rating that only resembles `exclude`, one that another row
    contradicts, and a scan to exclude that the study does not have; SettingsError where a column is missing.
    """
    table = read_delimited(path, SETTING)
    if table.ragged:
        line, first, wrong = table.ragged[0]
        raise InputError(f"{shown(path, 500)}: line {line} ({shown(first)}): {wrong}")
    name, rating = table.column("scan", SETTING), table.column("rating", SETTING)
    comment = table.find("comment")
    known, ratings, reasons = set(scans), {}, {}
    for row in table.rows:
        scan, rated = row[name], _rating(row[rating], row[name], path)
        if not rated or not scan:
            continue
        if ratings.setdefault(scan, rated) != rated:
            raise InputError(
                f"{shown(path, 500)}: {shown(scan)} is rated {ratings[scan]} and {rated}; keep one of them"
            )
        if rated == EXCLUDE and scan not in known:
            raise InputError(
                f"{shown(path, 500)}: {shown(scan)} is to be excluded, but is no scan of the study; nearest: "
                f"{nearest(scan, known)}"
            )
        if rated == EXCLUDE:
            said = shown(row[comment], 300) if comment else ""
            reasons[scan] = reasons.get(scan) or said
    return {scan: said or f"rated {EXCLUDE} in {PurePath(path).name}" for scan, said in reasons.items()}


def _rating(text, scan, path):
    rated = " ".join(text.split()).casefold()
    if rated != EXCLUDE and get_close_matches(rated, [EXCLUDE], cutoff=0.75):
        raise InputError(f"{shown(path, 500)}: {shown(scan)} is rated {shown(text)}; write {EXCLUDE} to leave it out")
    return rated
