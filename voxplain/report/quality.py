"""The section on quality: a small picture of every scan as the networks were given it, the worst first."""

import json

import numpy as np

from voxplain.report.blocks import Figure, Gallery, Heading, Section, Text, Tile
from voxplain.report.points import ranked
from voxplain.report.sentences import count, number
from voxplain.report.thumbnails import thumbnail

READING = (
    "Each dot is a scan and its height the correlation with the template inside the brain; those far below the rest "
    "deserve a look first.",
    "Below, every scan is shown in the template's space, worst first: the blue line is the template's brain, the "
    "orange line the scan's own mask, and where they part, registration or mask went wrong.",
)
# Scans below this correlation with the template are left out by the workflow
LIMIT = 0.8


def section(results):
    """The section, from ``ledger.tsv``, ``scans.tsv``, the status files and the prepared volumes."""
    ledger = results.table("cohort/ledger.tsv")
    if ledger is None:
        return Section("quality", "Quality", READING, None, [Text("There are no scans to show.", "missing")])
    found = ledger.dropna(subset=["scan", "archive"])
    classes = _classes(results)
    series, blocks = {}, []
    for name in results.inputs:
        measures = [_measures(results, scan, name) for scan in found["scan"]]
        known = found.assign(
            correlation=np.array([one.get("correlation", np.nan) for one in measures], float),
            brain=np.array([one.get("brain_volume_ml", np.nan) for one in measures], float),
        ).sort_values("correlation", na_position="first", kind="stable")
        measured = known.dropna(subset="correlation")
        if len(measured):
            series[name] = (measured["correlation"].to_numpy(), (measured["status"] != "used").to_numpy())
        tiles = [_tile(results, row, name, classes.get(row.scan)) for row in known.itertuples()]
        blocks += [Heading(f"Input {name}"), Gallery(f"{count(len(tiles), 'scan')} of input {name}", tiles)]
    if not series:
        return Section(
            "quality", "Quality", READING, None, [Text("No correlations were recorded.", "missing"), *blocks]
        )
    picture = ranked(series, "correlation with the template", _alt(series), LIMIT)
    return Section("quality", "Quality", READING, Figure(picture), blocks)


def _classes(results):
    scans = results.table("cohort/scans.tsv")
    column = f"label_{results.label()}"
    if scans is None or column not in scans:
        return {}
    known = scans.dropna(subset=column)
    return {scan: results.class_name(value) for scan, value in zip(known["scan"], known[column], strict=True)}


def _measures(results, scan, name):
    status = results.scan_folder(scan) / f"{scan}_desc-{name}_status.json"
    measures = json.loads(status.read_text())["measures"] if status.is_file() else {}
    return {measure: value for measure, value in measures.items() if value is not None}


def _alt(series):
    parts = [
        f"input {name}: correlations from {number(values.min())} to {number(values.max())}, median "
        f"{number(np.median(values))}, {count(int((values < LIMIT).sum()), 'scan')} below {LIMIT}"
        for name, (values, _) in series.items()
    ]
    return f"{'; '.join(parts)}."


def _tile(results, row, name, label):
    excluded = row.status != "used"
    lines = [f"class {label}"] if label is not None else []
    lines += [f"correlation {number(row.correlation)}"] if np.isfinite(row.correlation) else []
    lines += [f"brain {row.brain:.0f} ml"] if np.isfinite(row.brain) else []
    image, mask = results.prepared(row.scan, name)
    template = results.template_mask
    shown = image is not None and template is not None and image.shape == template.shape
    lines += [] if shown else ["no volume in the template's space"]
    if excluded:
        lines.append(f"left out: {row.reason if isinstance(row.reason, str) else 'no reason was recorded'}")
    if not shown:
        return Tile(row.scan, None, lines, excluded)
    own = None if mask is None else np.asarray(mask.dataobj) > 0
    alt = f"{row.scan}: {', '.join(lines)}"
    return Tile(row.scan, thumbnail(np.asarray(image.dataobj, np.float32), own, template, alt), lines, excluded)
