"""Scores with and without an adjustment for confounds."""

import numpy as np

from voxplain.report.blocks import Fold, Heading, Table, Text
from voxplain.report.sentences import listing, model_name, number
from voxplain.settings.side_by_side import is_adjusted

MAIN = ("balanced_accuracy", "r2")
READING = (
    "The same predictions, scored on all held-out subjects and on matched ones alone, of whom each has a partner of "
    "every other class in its split that is alike in {wanted}. A model that owes its score to these falls towards "
    "chance there; residuals are features, of which these confounds were taken out by lines fitted to training scans."
)
WITHOUT = (("none", "All"), ("residuals", "All, residuals"))
WITH = (("matched", "Matched"), ("residuals, matched", "Matched, residuals"))


def adjusted_blocks(results, experiment):
    """A sentence and the table of ``adjusted.tsv``; an empty list where nothing was adjusted for."""
    asked = results.settings.get("baselines", {})
    # what an earlier run with other settings left is still there
    table = results.table(f"predict/{experiment}/adjusted.tsv") if is_adjusted(asked) else None
    if table is None or table.empty:
        return []
    main = next((one for one in MAIN if (table["measure"] == one).any()), table["measure"].iloc[0])
    rows = table[table["measure"] == main]
    said = [one for one in (_matched(experiment, rows, main),) if one]
    wanted = listing(asked.get("matched", {})) or "nothing"
    texts = [Text(READING.format(wanted=wanted)), *(Text(one) for one in said)]
    return [Heading(f"Scores of {experiment} with and without adjustment"), *texts, Fold("Table", [_table(table)])]


def _matched(experiment, rows, main):
    """What the network reaches on matched subjects, beside what it reaches on all."""
    own = rows[rows["model"] == "network"].set_index("adjustment")
    if "matched" not in own.index:
        return ""
    whole, part = own.loc["none"], own.loc["matched"]
    measure = main.replace("_", " ")
    if not np.isfinite(part["value"]):
        return f"{experiment}: no {measure} on matched subjects, {part['reason']}."
    return (
        f"{experiment}: the network's {measure} is {number(whole['value'])} on all {int(whole['n'])} held-out scans "
        f"and {number(part['value'])} (95 % interval {number(part['low'])} to {number(part['high'])}) on the "
        f"{int(part['n'])} matched ones."
    )


def _table(table):
    shown = [(name, words) for name, words in (*WITHOUT, *WITH) if (table["adjustment"] == name).any()]
    columns = ["Model", "Measure", *(words for _, words in shown)]
    rows = []
    for (model, measure), part in table.groupby(["model", "measure"], sort=False):
        known = part.set_index("adjustment")
        rows.append([model_name(model), measure.replace("_", " "), *(_cell(known, name) for name, _ in shown)])
    return Table("Scores with and without adjustment, 95 % interval, scans", columns, rows, frozenset(columns[2:]))


def _cell(known, name):
    if name not in known.index:
        return ""
    row = known.loc[name]
    if not np.isfinite(row["value"]):
        return "undefined"
    return f"{number(row['value'])} ({number(row['low'])} to {number(row['high'])}), {int(row['n'])}"
