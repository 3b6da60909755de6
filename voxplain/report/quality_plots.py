"""Measures of quality as plots and a table in which every scan leads to its page."""

import numpy as np

from voxplain.report.as_written import cell
from voxplain.report.blocks import Table
from voxplain.report.measured import status
from voxplain.report.measures import MEANINGS, SIDES
from voxplain.report.plots import Dot, Dots, Strip, Strips
from voxplain.report.sentences import count, listing, number
from voxplain.volumes.outliers import LIMIT, SUFFIX, WORSE, worse

# How many scans a strip draws beyond its limit
MOST_DOTS = 40
# The limit of the correlation is drawn where a scan comes as near
NEAR = 0.05
LOOKS = {"marked": "marked: a measure lies far from those of the rest", "crossed": "left out"}
LOOK = {"used": "plain", "marked": "marked", "left out": "crossed"}


def ranked_correlations(measured, links, tags, least):
    """Every scan's correlation with the template in rising order; None where none was recorded.

    links: a scan's page; tags: what it is chosen by; least: scans below it are left out.
    """
    rows = [row for row in measured.rows if not np.isnan(row["correlation"])]
    if not rows:
        return None
    rows.sort(key=lambda row: row["correlation"])
    values = np.array([row["correlation"] for row in rows])
    dots = [
        Dot(
            *(rank, row["correlation"], f"{row['scan']}: correlation {number(row['correlation'], 3)}{_why(row)}"),
            *(links.get(row["scan"]), LOOK[status(row)], tags.get(row["scan"], {})),
        )
        for rank, row in enumerate(rows, 1)
    ]
    label = (
        f"input {measured.name}: correlations from {number(values.min())} to {number(values.max())}, median "
        f"{number(np.median(values))}, {count(int((values < least).sum()), 'scan')} below {least}."
    )
    caption = f"Input {measured.name}: a dot is a scan, and leads to its page."
    looks = {look: words for look, words in LOOKS.items() if any(dot.look == look for dot in dots)}
    axes = "scans, worst first", "correlation with the template"
    # far from all scans, the limit would press them into one line
    lines = [(least, "left out below")] if values.min() < least + NEAR else []
    return Dots(label, *axes, dots, lines=lines, looks=looks, caption=caption)


def cohort_strips(measured, links):
    """Every measure of an input as a strip, the scans far on its worse side as dots; a list of one block or none."""
    strips, far = [], 0
    for measure, usual in measured.usual.items():
        mads = {row["scan"]: row[measure + SUFFIX] for row in measured.rows}
        beyond = [scan for scan, away in mads.items() if worse(measure, away) > LIMIT]
        beyond.sort(key=lambda scan: -abs(mads[scan]))
        far += len(beyond)
        dots = [
            Dot(mads[scan], 0, f"{scan}: {_told(measure, row[measure], mads[scan])}", links.get(scan), _far(row))
            for scan in beyond[:MOST_DOTS]
            for row in [measured.of[scan]]
        ]
        median = f"median {_short(usual.median)}"
        strips.append(Strip(_words(measure), _meaning(measure), usual.low, usual.high, dots, median))
    if not strips:
        return []
    label = (
        f"{count(len(strips), 'measure')} of input {measured.name} in MADs from their medians; {count(far, 'value')} "
        f"more than {LIMIT} MADs on the worse side."
    )
    caption = (
        "A bar holds 19 of 20 scans, and every scan farther than the dashed lines on the side where a measure gets "
        f"worse is a dot that leads to its page, the farthest {MOST_DOTS} of each measure."
    )
    return [Strips(label, strips, LIMIT, caption)]


def own_strips(measured, scan):
    """Where one scan lies among all in every measure of an input; a list of one block or none."""
    row, strips = measured.of.get(scan, {}), []
    for measure, usual in measured.usual.items():
        mads, value = row.get(measure + SUFFIX, np.nan), row.get(measure, np.nan)
        if np.isnan(mads):
            continue
        below = np.searchsorted(usual.values, value) / usual.values.size
        look = "marked" if worse(measure, mads) > LIMIT else "plain"
        said = f"{_short(value)}, above {below:.0%}".replace("%", " %")
        dots = [Dot(mads, 0, f"{scan}: {_told(measure, value, mads)}", look=look)]
        strips.append(Strip(_words(measure), _meaning(measure), usual.low, usual.high, dots, said))
    if not strips:
        return []
    marked = [strip.name for strip in strips if strip.dots[0].look == "marked"]
    told = f"beyond the limit in {listing(marked)}" if marked else "within the limit in all of them"
    label = f"{scan} among all scans in {count(len(strips), 'measure')} of input {measured.name}: {told}."
    caption = (
        "The bar holds 19 of 20 scans, the dot is this one; the dashed lines are where scans are marked. At the right "
        "stand its value and the share of scans with a lower one."
    )
    return [Strips(label, strips, LIMIT, caption)]


def own_measures(measured, scan):
    """One scan's measures with what is usual, as a table."""
    row = measured.of[scan]
    rows = [
        [_words(one), _meaning(one), cell(row[one]), cell(usual.median), cell(row[one + SUFFIX])]
        for one, usual in measured.usual.items()
        if not np.isnan(row[one])
    ]
    columns = ["Measure", "What it is", "This scan", "Median", "MADs from it"]
    return Table(f"Measures of {scan}, input {measured.name}", columns, rows, frozenset(columns[2:]))


def scans_table(measured, links, tags):
    """All scans of an input with all their measures, each with a link to its page."""
    measures = list(measured.usual)
    chosen = list(dict.fromkeys(key for row in measured.rows for key in tags.get(row["scan"], {})))
    columns = ["Scan", *(key.capitalize() for key in chosen), "Status", "Farthest", *map(_words, measures)]
    rows = [
        [row["scan"], *(tags.get(row["scan"], {}).get(key, "") for key in chosen), status(row)]
        + [cell(row[column]) for column in ["worst", *measures]]
        for row in measured.rows
    ]
    caption = (
        f"Every scan of input {measured.name} and its measures; farthest is the largest deviation on a worse side, "
        "in MADs"
    )
    numeric = frozenset(["Farthest", *map(_words, measures)])
    filters = tuple([*(key.capitalize() for key in chosen), "Status"])
    return Table(caption, columns, rows, numeric, [links.get(row["scan"]) for row in measured.rows], filters)


def _far(row):
    return "crossed" if row["status"] != "used" else "marked"


def _why(row):
    return f", {row['why']}" if row["why"] else ""


def _told(measure, value, mads):
    away = f"{abs(mads):.1f} MADs {'above' if mads > 0 else 'below'} the median" if np.isfinite(mads) else "unlike all"
    return f"{_words(measure)} {_short(value)}, {away}"


def _short(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _words(measure):
    return measure.replace("_", " ")


def _meaning(measure):
    return f"{MEANINGS[measure]}; worse if {SIDES[WORSE[measure]]}"
