"""The section on published figures: each beside the study's own, the difference, and whether both can be compared."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Section, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, interval, measure_name, number

TITLE = "Beside the published figures"
READING = (
    "Grey dots are what was published, with its interval where one was; blue ones what this study reached, of "
    "predictions on held-out scans unless a row says otherwise (95 % interval over subjects).",
    "A difference says something about the methods only where the protocols are comparable, and even there the people "
    "are not the same; rows marked [recalled, to be checked] were not read in the paper.",
)
MADE = (
    "This is a made twin of a study: its scans are made data of no brain, so no published figure and no difference is "
    "shown beside its own."
)
RECALLED = "[recalled, to be checked]"
TEXT = ("what", "experiment", "model", "part", "measure", "because", "source", "note", "published_inside")


def section(results):
    """The section, from ``predict/published.tsv``; None where the study names no published figure.

    A made twin has one sentence that says why it shows none.
    """
    if results.settings.get("made"):
        return Section("published", TITLE, READING, None, [Text(MADE, "note")])
    if results.made or not results.settings.get("published"):
        return None
    table = results.table("predict/published.tsv")
    if table is None or table.empty:
        return Section("published", TITLE, READING, None, [Text("No comparison was recorded.", "missing")])
    rows = table.assign(**{name: table[name].fillna("").astype(str) for name in TEXT}).to_dict("records")
    said = [sentence(row) for row in rows]
    panels = _panels(rows)
    picture = Figure(estimates(panels, "published and own figures", " ".join(said))) if panels else None
    sources = "; ".join(dict.fromkeys(row["source"] for row in rows))
    blocks = [
        Text(f"{summary(rows)} Sources: {sources}."),
        _table(rows),
        Fold("Each figure in a sentence", list(map(Text, said))),
    ]
    return Section("published", TITLE, READING, picture, blocks)


def summary(rows):
    """How many published figures there are, and how many of them are comparable, measured here and recalled."""
    measured = sum(np.isfinite(row["own_value"]) for row in rows)
    comparable = sum(row["comparable"] == "yes" for row in rows)
    text = f"{count(len(rows), 'published figure')}: {measured} measured here, {comparable} by a comparable protocol"
    recalled = sum(row["recalled"] == "yes" for row in rows)
    return f"{text}, {recalled} {RECALLED}." if recalled else f"{text}."


def sentence(row):
    """One published figure, the study's own, their difference, and whether the protocols can be compared."""
    text = f"{row['what']}: {measure_name(row['measure'])} {_published(row)} published"
    if np.isfinite(row["own_value"]):
        ends = row["own_low"], row["own_high"]
        where = ", on the scans learned from" if row["part"] == "training" else ""
        text += f", {interval(row['own_value'], *ends)} here{where}, a difference of {_signed(row['difference'])}"
        if row["published_inside"]:
            text += f"; the published figure lies {_inside(row)} the interval"
    else:
        text += f", none here: {row['note']}"
    because = row["because"].removesuffix(".")
    if row["comparable"] == "yes":
        return f"{text}. The protocols are comparable{': ' if because else ''}{because}."
    return f"{text}. Not comparable: {because}."


def _inside(row):
    return "inside" if row["published_inside"] == "yes" else "outside"


def _signed(value):
    text = number(value, 3)
    return text if text.startswith("-") or not np.isfinite(value) else f"+{text}"


def _panels(rows):
    """Rows of `estimates` by measure: those figures that are measured here, the study's own first."""
    panels = {}
    for row in rows:
        if np.isfinite(row["own_value"]):
            panel = panels.setdefault(measure_name(row["measure"]), [])
            panel.append((f"{row['what']}, here", row["own_value"], row["own_low"], row["own_high"], [], 0))
            known = row["published"], row["published_low"], row["published_high"]
            panel.append((f"{row['what']}, published", *known, [], 1))
    return panels


def _table(rows):
    columns = ["What", "Experiment", "Measure", "Published", "Here", "Difference", "Comparable", "Because"]
    shown = [
        [
            row["what"],
            row["experiment"],
            measure_name(row["measure"]),
            _published(row),
            _own(row),
            _signed(row["difference"]) if np.isfinite(row["difference"]) else "none",
            row["comparable"],
            row["because"],
        ]
        for row in rows
    ]
    return Table("Published figures and the study's own", columns, shown, frozenset(columns[3:6]))


def _published(row):
    """The published value with its sd, marked where it was only recalled."""
    spread = f" (sd {number(row['published_sd'], 3)})" if np.isfinite(row["published_sd"]) else ""
    return f"{number(row['published'], 3)}{spread}{' ' + RECALLED if row['recalled'] == 'yes' else ''}"


def _own(row):
    if not np.isfinite(row["own_value"]):
        return "none"
    if not np.isfinite(row["own_low"]):
        return number(row["own_value"], 3)
    return f"{number(row['own_value'], 3)} ({number(row['own_low'], 3)} to {number(row['own_high'], 3)})"
