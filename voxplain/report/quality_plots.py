"""Measures of quality as plots and a table in which every scan leads to its page."""

import numpy as np

from voxplain.report.as_written import cell
from voxplain.report.blocks import Table
from voxplain.report.measures import MEANINGS, SIDES
from voxplain.report.plots import Dot, Dots, Strip, Strips
from voxplain.report.sentences import count, number
from voxplain.volumes.outliers import LIMIT, SUFFIX, WORSE, worse

# Ends of the band of a strip, and how many scans are drawn beyond it
BAND = 2.5, 97.5
MOST_DOTS = 40
# The limit of the correlation is drawn where a scan comes as near
NEAR = 0.05
LOOKS = {"marked": "marked: a measure lies far from those of the rest", "crossed": "left out"}


def ranked_correlations(known, name, links, tags, least):
    """Every scan's correlation with the template in rising order; None where none was recorded.

    known: a row a scan with the columns of qc.tsv and ``status``; least: scans below it are left out.
    """
    rows = known.dropna(subset="correlation").sort_values("correlation", kind="stable")
    if rows.empty:
        return None
    values = rows["correlation"]
    dots = [
        Dot(
            *(rank, row.correlation, f"{row.scan}: correlation {number(row.correlation, 3)}{_why(row)}"),
            *(links.get(row.scan), _look(row), tags.get(row.scan, {})),
        )
        for rank, row in enumerate(rows.itertuples(), 1)
    ]
    label = (
        f"input {name}: correlations from {number(values.min())} to {number(values.max())}, median "
        f"{number(values.median())}, {count(int((values < least).sum()), 'scan')} below {least}."
    )
    caption = f"Input {name}: a dot is a scan, and leads to its page."
    looks = {look: words for look, words in LOOKS.items() if any(dot.look == look for dot in dots)}
    axes = "scans, worst first", "correlation with the template"
    # far from all scans, the limit would press them into one line
    lines = [(least, "left out below")] if values.min() < least + NEAR else []
    return Dots(label, *axes, dots, lines=lines, looks=looks, caption=caption)


def cohort_strips(known, name, links):
    """Every measure of an input as a strip, the scans far on its worse side as dots; a list of one block or none."""
    strips, far = [], 0
    for measure in _measured(known):
        usual = _usual(known)[measure + SUFFIX].dropna()
        beyond = known[worse(measure, known[measure + SUFFIX]) > LIMIT]
        beyond = beyond.sort_values(measure + SUFFIX, key=abs, ascending=False).head(MOST_DOTS)
        far += len(beyond)
        dots = [
            Dot(mads, 0, f"{row['scan']}: {_told(measure, row[measure], mads)}", links.get(row["scan"]), _far(row))
            for row in beyond.to_dict("records")
            if not np.isnan(mads := row[measure + SUFFIX])
        ]
        median = f"median {_short(_usual(known)[measure].median())}"
        strips.append(Strip(_words(measure), _meaning(measure), *np.percentile(usual, BAND), dots, median))
    if not strips:
        return []
    label = (
        f"{count(len(strips), 'measure')} of input {name} in MADs from their medians; {count(far, 'dot')} more than "
        f"{LIMIT} MADs on the worse side."
    )
    caption = (
        "A bar holds 19 of 20 scans, and every scan farther than the dashed lines on the side where a measure gets "
        "worse is a dot that leads to its page."
    )
    return [Strips(label, strips, LIMIT, caption)]


def own_strips(known, name, scan):
    """Where one scan lies among all in every measure of an input; a list of one block or none."""
    rows = known[known["scan"] == scan]
    strips = []
    for measure in _measured(known) if len(rows) else []:
        usual, row = _usual(known), rows.to_dict("records")[0]
        mads, value = row[measure + SUFFIX], row[measure]
        if np.isnan(mads):
            continue
        below = float((usual[measure].dropna() < value).mean())
        look = "marked" if worse(measure, mads) > LIMIT else "plain"
        said = f"{_short(value)}, above {below:.0%}".replace("%", " %")
        dots = [Dot(mads, 0, f"{scan}: {_told(measure, value, mads)}", look=look)]
        band = np.percentile(usual[measure + SUFFIX].dropna(), BAND)
        strips.append(Strip(_words(measure), _meaning(measure), *band, dots, said))
    if not strips:
        return []
    marked = [strip.name for strip in strips if strip.dots[0].look == "marked"]
    told = f"beyond the limit in {', '.join(marked)}" if marked else "within the limit in all of them"
    label = f"{scan} among all scans in {count(len(strips), 'measure')} of input {name}: {told}."
    caption = (
        "The bar holds 19 of 20 scans, the dot is this one; the dashed lines are where scans are marked. At the right "
        "stand its value and the share of scans with a lower one."
    )
    return [Strips(label, strips, LIMIT, caption)]


def own_measures(known, name, scan):
    """One scan's measures with what is usual, as a table."""
    row, usual = known[known["scan"] == scan].to_dict("records")[0], _usual(known)
    rows = [
        [_words(one), _meaning(one), cell(row[one]), cell(usual[one].median()), cell(row[one + SUFFIX])]
        for one in _measured(known)
        if not np.isnan(row[one])
    ]
    columns = ["Measure", "What it is", "This scan", "Median", "MADs from it"]
    return Table(f"Measures of {scan}, input {name}", columns, rows, frozenset(columns[2:]))


def scans_table(known, name, links, tags):
    """All scans of an input with all their measures, each with a link to its page."""
    measures = [measure for measure in _measured(known)]
    chosen = list(dict.fromkeys(key for scan in known["scan"] for key in tags.get(scan, {})))
    heads = {"worst": "Farthest"} if "worst" in known else {}
    columns = ["Scan", *(key.capitalize() for key in chosen), "Status", *heads.values(), *map(_words, measures)]
    rows = [
        [row["scan"], *(tags.get(row["scan"], {}).get(key, "") for key in chosen), status(row)]
        + [cell(row[column]) for column in [*heads, *measures]]
        for row in known.to_dict("records")
    ]
    caption = f"Every scan of input {name} and its measures; farthest is the largest deviation on a worse side in MADs"
    numeric = frozenset([*heads.values(), *map(_words, measures)])
    filters = tuple([*(key.capitalize() for key in chosen), "Status"])
    return Table(caption, columns, rows, numeric, [links.get(scan) for scan in known["scan"]], filters)


def status(row):
    """Used, marked or left out: what became of a scan with this row (a dict) of the ledger and of qc.tsv."""
    return "left out" if row["status"] != "used" else "marked" if row["flag"] in ("outlier", "review") else "used"


def _measured(known):
    return [one for one in WORSE if one in known and one + SUFFIX in known and known[one + SUFFIX].notna().any()]


def _usual(known):
    kept = known[known["flag"] != "refused"]
    return kept if len(kept) else known


def _look(row):
    return "crossed" if row.status != "used" else "marked" if row.flag in ("outlier", "review") else "plain"


def _far(row):
    return "crossed" if row["status"] != "used" else "marked"


def _why(row):
    return f", {row.why}" if row.why else ""


def _told(measure, value, mads):
    away = f"{abs(mads):.1f} MADs {'above' if mads > 0 else 'below'} the median" if np.isfinite(mads) else "unlike all"
    return f"{_words(measure)} {_short(value)}, {away}"


def _short(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _words(measure):
    return measure.replace("_", " ")


def _meaning(measure):
    return f"{MEANINGS[measure]}; worse if {SIDES[WORSE[measure]]}"
