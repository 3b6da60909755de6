"""The page on quality: a small picture of every scan as the networks were given it, the worst first, to be rated."""

from functools import partial

import numpy as np

from voxplain.report.answers import scan_tags
from voxplain.report.blocks import Fold, Gallery, Heading, Links, Page, Section, Text, Tile
from voxplain.report.in_parallel import in_order
from voxplain.report.measured import Measured, status
from voxplain.report.measures import measures_table
from voxplain.report.quality_plots import cohort_strips, ranked_correlations, scans_table
from voxplain.report.ratings import HOW, Ratings, given_ratings
from voxplain.report.sentences import count, number
from voxplain.report.thumbnails import thumbnail

READING = (
    "Each dot is a scan and its height the correlation with the template inside the brain; those far below the rest "
    "deserve a look first, and a click on one opens its page.",
    "Below, every scan is shown as the networks see it, worst first: the blue line is the template's brain, the orange "
    "line the scan's own mask, and where they part, registration or mask went wrong. A scan on a grid of its own has "
    "no blue line. A head whose data are mirrored, left for right, looks and measures like any other; left and right "
    "are what the file's header says.",
)
# Scans below this correlation with the template are left out by the workflow
LIMIT = 0.8
SCRIPTS = ("dots.js", "ratings.js")
# What tiles are sorted by; all the others are in the table
SORTED_BY = ("worst", "correlation", "brain_volume_ml")


def section(results):
    """The section of the study's first input, from ``ledger.tsv``, ``scans.tsv``, ``qc.tsv`` and its volumes."""
    if not (inputs := results.inputs) or results.table("cohort/ledger.tsv") is None:
        return Section("quality", "Quality", READING, None, [Text("There are no scans to show.", "missing")])
    pages = [(f"Input {name}", quality_path(results, name)) for name in inputs[1:]]
    others = [Links("The other inputs", pages)] if pages else []
    return _section(results, inputs[0], others)


def pages(results, folder):
    """Yield a page for every input but the first, which `section` is about."""
    first, *others = results.inputs or [None]
    for name in others if results.table("cohort/ledger.tsv") is not None else ():
        back = [Links("The first input", [(f"Input {first}", "quality.html")])]
        about = _section(results, name, back)
        yield Page(quality_path(results, name), f"Quality of input {name}", [about], under="quality.html")


def quality_path(results, name):
    """Where the quality of the input ``name`` is shown."""
    return "quality.html" if name == results.inputs[0] else f"quality-{name}.html"


def scans_known(results, name):
    """The ledger's rows with the measures of the input ``name``: those without any come first, then the worst."""
    found = results.table("cohort/ledger.tsv").dropna(subset=["scan", "archive"])
    table = results.table("quality/qc.tsv")
    if table is None:
        return found.assign(flag="", why="", worst=np.nan, correlation=np.nan, brain_volume_ml=np.nan)
    part = table[table["input"] == name]
    part = part.assign(place=range(len(part)))
    known = found.merge(part.drop(columns="input"), on="scan", how="left")
    known = known.assign(**{column: np.nan for column in SORTED_BY if column not in known})
    known[["flag", "why"]] = known[["flag", "why"]].fillna("")
    return known.sort_values("place", na_position="first", kind="stable")


def scan_picture(results, scan, name, alt):
    """Three slices of the scan as input ``name`` left it, with the outlines of its mask; None without a volume."""
    if (scan, name) not in results.thumbnails:
        image, mask = results.prepared(scan, name)
        if image is None:
            return None
        template = results.template_mask
        own = None if mask is None else np.asarray(mask.dataobj) > 0
        in_space = template is not None and image.shape == template.shape
        shown = np.asarray(image.dataobj, np.float32), own, template if in_space else None
        results.thumbnails[scan, name] = thumbnail(*shown, alt, radiological=results.radiological)
    return results.thumbnails[scan, name]


def _section(results, name, others):
    known, tags = scans_known(results, name), scan_tags(results)
    links = results.subject_paths
    measured = Measured(name, known.to_dict("records"))
    tiles = list(in_order(partial(_tile, results, name, tags), measured.rows, results.threads))
    results.thumbnails.update({(tile.name, name): tile.picture for tile in tiles if tile.picture})
    picture = ranked_correlations(measured, links, tags, LIMIT)
    missing = [] if picture else [Text("No correlations were recorded.", "missing")]
    given = given_ratings(results.settings)
    blocks = [*others, *missing, Text(_marked(tiles)), *cohort_strips(measured, links)]
    table = scans_table(measured, links, tags)
    blocks += [*measures_table(known, name), Fold("Every scan and its measures", [table])]
    blocks += [Heading("Ratings"), Text(HOW), Ratings(results.settings.get("study", ""), given)]
    blocks += [Heading(f"Input {name}"), Gallery(f"{count(len(tiles), 'scan')} of input {name}", tiles)]
    return Section("quality", "Quality", READING, picture, blocks, SCRIPTS)


def _marked(tiles):
    excluded = sum(tile.excluded for tile in tiles)
    marked = sum(tile.marked and not tile.excluded for tile in tiles)
    return (
        f"{count(len(tiles), 'scan')}, {excluded} left out; of the others {marked} marked, because a measure lies far "
        "from those of the rest. Marks leave nobody out: to leave a scan out, rate it exclude."
    )


def _tile(results, name, tags, row):
    scan, excluded, marked = row["scan"], row["status"] != "used", row["flag"] in ("outlier", "review")
    own = tags.get(scan, {})
    lines = [f"class {own['class']}"] if own.get("class") else []
    lines += [f"correlation {number(row['correlation'])}"] if np.isfinite(row["correlation"]) else []
    lines += [f"brain {row['brain_volume_ml']:.0f} ml"] if np.isfinite(row["brain_volume_ml"]) else []
    lines += [f"marked: {row['why']}"] if marked else []
    if excluded:
        lines.append(f"left out: {row['reason'] if isinstance(row['reason'], str) else 'no reason was recorded'}")
    picture = scan_picture(results, scan, name, f"{scan}: {', '.join(lines)}")
    if picture is None:
        lines.insert(len(lines) - excluded, "no prepared volume")
    measures = {measure.replace("_", " "): row[measure] for measure in SORTED_BY if np.isfinite(row[measure])}
    told = own | {"status": status(row)}
    return Tile(scan, picture, lines, excluded, marked, results.subject_paths.get(scan), told, measures, rated=True)
