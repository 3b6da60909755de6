"""What networks may go by that is no sign of their label: what is flagged, and what all of it was held against."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, measure_name, number

READING = (
    "Dots far to the right are a warning: of a network that tells classes by what is outside the brain alone, or of "
    "maps whose relevance training brought there. The small stroke is what networks have that were never trained, the "
    "dashed line the part's share of the voxels, or chance."
)
CAPTION = "A flag says where to look, not that the network is wrong; no flag does not say that it is right."
OF_RATIOS = (
    "What answers go along with within classes; a ratio is never below 0, and its stroke is what chance makes of it."
)
PLACES = {
    "outside": "share of relevance outside the brain",
    "border": "share of the brain's relevance along its border",
    "face": "share of relevance in the face",
    "neck": "share of relevance in the neck",
}
ALWAYS = ("outside", "border")
LINKS = ("correlation", "ratio")


def blocks(results):
    """The picture of the first experiment and, apart from it, the others, what is flagged, and every cue in a table."""
    first, found = None, []
    # what an earlier run with other settings left is still there
    asked = results.settings.get("sanity", {}).get("shortcuts", {}).get("find", True)
    for experiment in results.experiments if asked else ():
        table = results.table(f"sanity/{experiment}/shortcuts.tsv")
        if table is None or table.empty:
            continue
        table = table.assign(flagged=table["flagged"].fillna("undefined"))
        said = [summary(experiment, table), *table.loc[table["flagged"] == "yes", "sentence"]]
        what = f"Experiment {experiment}{', made scans' if results.made else ''}."
        figures = [Figure(picture, f"{what} {told}") for picture, told in _pictures(experiment, table, said)]
        lead = figures[:1]
        found += [*(lead if first else []), Text(said[0], "note"), *(Text(text) for text in said[1:]), *figures[1:]]
        first = first or (lead[0] if lead else None)
        found.append(Fold(f"Every cue of {experiment}", [_table(experiment, table)]))
    return first, found or [Text("Shortcuts were not looked for.", "missing")]


def summary(experiment, table):
    """How many cues were looked for, and which are flagged, in one sentence."""
    known = int((table["flagged"] != "undefined").sum())
    flagged = table[table["flagged"] == "yes"]
    text = f"Experiment {experiment}: {count(known, 'cue')} looked for, {len(table) - known} undefined"
    if flagged.empty:
        return f"{text}; none is flagged as a shortcut."
    names = ", ".join(f"{_cue(row.cue)} ({row.method})" for row in flagged.itertuples())
    return f"{text}; flagged: {names}."


def _pictures(experiment, table, said):
    """``[(picture, caption)]``: where relevance lies and what the outside tells; then what goes along with answers."""
    panels, marked = {}, {}
    alone = table[(table["cue"] == "only_outside") & table["value"].notna()]
    for row in alone.itertuples():
        title = f"{measure_name(row.measure)} with only the outside shown"
        panels[title], marked[title] = [_row(row, "network")], row.reference
    for cue, title in PLACES.items():
        rows = table[(table["cue"] == cue) & (table["measure"] == "share")]
        if len(rows) and (cue in ALWAYS or (rows["flagged"] == "yes").any()):
            panels[title] = [_row(row, row.method) for row in rows.itertuples()]
            marked[title] = float(rows["reference"].iloc[0])
    alt = " ".join(said)
    found = [(estimates(panels, "share, or score", alt, marked, set(panels)), CAPTION)] if panels else []
    links = table[table["measure"].isin(LINKS) & ((table["method"] == "network") | (table["flagged"] == "yes"))]
    linked = {
        who: [_row(row, _cue(row.cue)) for row in rows.itertuples()]
        for who, rows in links.groupby("method", sort=False)
    }
    if linked:
        label = "correlation within classes (of names: correlation ratio)"
        found.append((estimates(linked, label, f"{experiment}: {' '.join(links['sentence'])}", 0.0), OF_RATIOS))
    return found


def _row(row, name):
    beside = row.reference if row.measure == "ratio" else row.untrained
    singles = [beside] if np.isfinite(beside) else []
    name = f"{name}, flagged" if row.flagged == "yes" else name
    return (name, row.value, row.low, row.high, singles, int(row.flagged != "yes"))


def _cue(cue):
    return str(cue).replace("_", " ")


def _table(experiment, table):
    columns = [
        "Whose",
        "Cue",
        "Measure",
        "Value",
        "95 % interval",
        "Held against",
        "Never trained",
        "p",
        "Flagged",
        "In words",
    ]
    rows = []
    for row in table.itertuples():
        span = f"{number(row.low)} to {number(row.high)}" if np.isfinite(row.low) else ""
        told = [number(value) if np.isfinite(value) else "" for value in (row.reference, row.untrained)]
        p = f"{row.p:.2g}" if np.isfinite(row.p) else ""
        measure = measure_name(row.measure) if isinstance(row.measure, str) else ""
        value = number(row.value)
        rows.append([row.method, _cue(row.cue), measure, value, span, *told, p, row.flagged, row.sentence])
    return Table(f"Cues of {experiment}", columns, rows, frozenset(columns[3:8]))
