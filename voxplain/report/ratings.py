"""What somebody who looks at the scans thinks of them, given on the pages and kept in the browser until it is saved."""

from dataclasses import dataclass, field
from pathlib import Path

from voxplain.cohort.ratings import SETTING
from voxplain.cohort.tables.delimited import read_delimited

FILE = "qc_ratings.tsv"
HOW = (
    "Rate a scan below its picture or on its page. Ratings stay in this browser until they are saved as a file: put "
    f"that file beside the study's settings, name it there (cohort: {{ratings: {FILE}}}), and run the workflow again. "
    "Scans rated exclude are then left out with the comment as the reason, and nothing is prepared anew. A browser "
    "that keeps the storage of each page from disk apart, as Firefox does, shows a page only its own ratings."
)


@dataclass(frozen=True)
class Ratings:
    """Where ratings are given: of ``scan`` alone, or of all, where they are also saved to a file.

    given: ``{scan: [rating, comment]}`` of the file that the study was run with.
    """

    study: str
    given: dict[str, list[str]] = field(default_factory=dict)
    scan: str = ""
    file: str = FILE
    kind: str = "ratings"


def given_ratings(settings):
    """``{scan: [rating, comment]}`` in the file of ``cohort.ratings``; empty where the study has none or it is gone.

    Raises InputError for a file that is not such a table.
    """
    path = settings.get("cohort", {}).get("ratings")
    if not path or not Path(path).is_file():
        return {}
    table = read_delimited(path, SETTING)
    name, rating = table.column("scan", SETTING), table.column("rating", SETTING)
    comment = table.find("comment")
    given = {}
    for row in table.rows:
        if row[name] and (row[rating] or (comment and row[comment])):
            given.setdefault(row[name], [row[rating], row[comment] if comment else ""])
    return given
