"""The section on quality: a small picture of every scan as the networks were given it, the worst first."""

import numpy as np

from voxplain.report.blocks import Figure, Gallery, Heading, Section, Text, Tile
from voxplain.report.measures import measures_table
from voxplain.report.points import ranked
from voxplain.report.sentences import count, number
from voxplain.report.thumbnails import thumbnail

READING = (
    "Each dot is a scan and its height the correlation with the template inside the brain; those far below the rest "
    "deserve a look first.",
    "Below, every scan is shown as the networks see it, worst first: the blue line is the template's brain, the orange "
    "line the scan's own mask, and where they part, registration or mask went wrong. A scan on a grid of its own has "
    "no blue line. A head whose data are mirrored, left for right, looks and measures like any other; left and right "
    "are what the file's header says.",
)
# Scans below this correlation with the template are left out by the workflow
LIMIT = 0.8


def section(results):
    """The section, from ``ledger.tsv``, ``scans.tsv``, ``qc.tsv`` and the prepared volumes."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return Section("quality", "Quality", READING, None, [Text("There are no scans to show.", "missing")])
    found = ledger.dropna(subset=["scan", "archive"])
    table = results.table("quality/qc.tsv")
    classes = _classes(results)
    series, blocks = {}, []
    for name in results.inputs:
        known = _worst_first(found, table, name)
        measured = known.dropna(subset="correlation")
        if len(measured):
            series[name] = (measured["correlation"].to_numpy(), (measured["status"] != "used").to_numpy())
        tiles = [_tile(results, row, name, classes.get(row["scan"])) for row in known.to_dict("records")]
        blocks += [Heading(f"Input {name}"), Text(_marked(tiles)), *measures_table(known, name)]
        blocks.append(Gallery(f"{count(len(tiles), 'scan')} of input {name}", tiles))
    if not series:
        return Section(
            "quality", "Quality", READING, None, [Text("No correlations were recorded.", "missing"), *blocks]
        )
    picture = ranked(series, "correlation with the template", _alt(series), LIMIT)
    return Section("quality", "Quality", READING, Figure(picture), blocks)


def _worst_first(found, table, name):
    """The ledger's rows with the measures of the input ``name``: those without any come first."""
    if table is None:
        return found.assign(flag="", why="", correlation=np.nan, brain_volume_ml=np.nan)
    part = table[table["input"] == name]
    part = part.assign(place=range(len(part)))
    known = found.merge(part.drop(columns="input"), on="scan", how="left")
    known = known.assign(**{column: np.nan for column in ("correlation", "brain_volume_ml") if column not in known})
    known[["flag", "why"]] = known[["flag", "why"]].fillna("")
    return known.sort_values("place", na_position="first", kind="stable")


def _classes(results):
    scans = results.table("cohort/scans.tsv")
    column = f"label_{results.label()}"
    if scans is None or column not in scans:
        return {}
    known = scans.dropna(subset=column)
    return {scan: results.class_name(value) for scan, value in zip(known["scan"], known[column], strict=True)}


def _marked(tiles):
    excluded = sum(tile.excluded for tile in tiles)
    marked = sum(tile.marked and not tile.excluded for tile in tiles)
    return (
        f"{count(len(tiles), 'scan')}, {excluded} left out; of the others {marked} marked, because a measure lies far "
        "from those of the rest. Marks leave nobody out: to leave a scan out, name it in the file of cohort.ratings."
    )


def _alt(series):
    parts = [
        f"input {name}: correlations from {number(values.min())} to {number(values.max())}, median "
        f"{number(np.median(values))}, {count(int((values < LIMIT).sum()), 'scan')} below {LIMIT}"
        for name, (values, _) in series.items()
    ]
    return f"{'; '.join(parts)}."


def _tile(results, row, name, label):
    excluded, marked = row["status"] != "used", row["flag"] in ("outlier", "review")
    lines = [f"class {label}"] if label is not None else []
    lines += [f"correlation {number(row['correlation'])}"] if np.isfinite(row["correlation"]) else []
    lines += [f"brain {row['brain_volume_ml']:.0f} ml"] if np.isfinite(row["brain_volume_ml"]) else []
    image, mask = results.prepared(row["scan"], name)
    template = results.template_mask
    in_space = image is not None and template is not None and image.shape == template.shape
    lines += [] if image is not None else ["no prepared volume"]
    lines += [f"marked: {row['why']}"] if marked else []
    if excluded:
        lines.append(f"left out: {row['reason'] if isinstance(row['reason'], str) else 'no reason was recorded'}")
    if image is None:
        return Tile(row["scan"], None, lines, excluded, marked)
    own = None if mask is None else np.asarray(mask.dataobj) > 0
    alt = f"{row['scan']}: {', '.join(lines)}"
    shown = np.asarray(image.dataobj, np.float32), own, template if in_space else None
    picture = thumbnail(*shown, alt, radiological=results.radiological)
    return Tile(row["scan"], picture, lines, excluded, marked)
