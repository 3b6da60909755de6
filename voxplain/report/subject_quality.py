"""What one scan is, and where it lies among the others in every measure of quality."""

import pandas as pd

from voxplain.report.as_written import cell
from voxplain.report.blocks import Figure, Fold, Heading, Links, Section, Table, Text
from voxplain.report.cohort import carried_columns
from voxplain.report.quality import quality_path, scan_picture
from voxplain.report.quality_plots import own_measures, own_strips
from voxplain.report.ratings import Ratings

ABOUT = (
    "Three slices through the middle of the brain, as the networks were given it: the blue line is the template's "
    "brain, the orange line the scan's own mask.",
    "Where the two lines part, registration or mask went wrong; a scan on a grid of its own has no blue line.",
)
MEASURES = (
    "Every measure of the scan in MADs from the median of its cohort.",
    "One dot beyond the dashed lines is a reason to look at the picture, and no reason by itself to leave a scan out.",
)
KNOWN = {"source_id": "Source id", "image_id": "Image", "visit": "Visit", "archive": "Archive", "notes": "Notes"}
IN_SCANS = {"subject": "Subject", "session": "Session", "date": "Date", "site": "Site"}


def about_section(cohort, scan):
    """The picture of the scan, where it comes from, whether it is used, and its rating."""
    results, row = cohort.results, cohort.ledger[scan]
    first = results.inputs[0]
    place = Links("Back", [("All scans of the study", f"quality.html#{scan}")])
    excluded = row["status"] != "used"
    why = row["reason"] if isinstance(row["reason"], str) else "no reason was recorded"
    said = f"Left out at the stage {row['stage']}: {why}." if excluded else "Used in the study."
    picture = scan_picture(results, scan, first, f"{scan}, input {first}: three slices. {said}")
    blocks = [place, Text(said, "note"), _known(cohort, scan, row)]
    blocks += [] if picture else [Text(f"There is no volume of input {first} to show.", "missing")]
    for name in results.inputs[1:]:
        if other := scan_picture(results, scan, name, f"{scan}, input {name}: three slices."):
            blocks.append(Figure(other, f"Input {name}."))
    given = {scan: cohort.ratings[scan]} if scan in cohort.ratings else {}
    blocks += [Heading("Rating"), Ratings(results.settings.get("study", ""), given, scan)]
    blocks.append(Links("Ratings", [("Save all ratings to a file", "quality.html#quality-ratings")]))
    figure = Figure(picture, f"Input {first}.") if picture else None
    return Section("scan", "The scan", ABOUT, figure, blocks, ("ratings.js",))


def quality_section(cohort, scan):
    """The scan's measures among those of all, an input after the other; None where none was measured."""
    blocks = []
    for name, measured in cohort.quality.items():
        strips = own_strips(measured, scan)
        if strips:
            links = [Links(f"Input {name}", [(f"All scans of input {name}", quality_path(cohort.results, name))])]
            table = Fold(f"Numbers of input {name}", [own_measures(measured, scan)])
            blocks += [Heading(f"Input {name}"), *strips, *_marks(measured.of[scan]), table, *links]
    return Section("quality", "Quality", MEASURES, None, blocks) if blocks else None


def _known(cohort, scan, row):
    told = {words: row.get(column) for column, words in KNOWN.items()}
    own = cohort.scans.get(scan, {})
    told |= {words: own.get(column) for column, words in IN_SCANS.items()}
    results = cohort.results
    for label in results.settings.get("cohort", {}).get("labels", {}):
        if pd.notna(value := own.get(f"label_{label}")):
            names = results.class_names_of(label)
            told[f"Label {label}"] = names.get(int(value), str(value)) if names else cell(value)
    told |= {column.replace("_", " "): own.get(column) for column in carried_columns(results)}
    rows = [[words, cell(value)] for words, value in told.items() if value is not None and not _missing(value)]
    return Table("What is known of the scan", ["", "This scan"], rows)


def _missing(value):
    return value == "" or pd.isna(value)


def _marks(row):
    return [Text(f"Marked: {row['why']}.", "note")] if row["why"] else []
