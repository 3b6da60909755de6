"""What networks still tell of held-out scans that they see through masks of what a method calls relevant."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import article, interval, measure_name, number, percent
from voxplain.settings.masking import masking_methods

JOINT, RANDOM = "joint", "random"
READING = (
    "Dots to the right are good: the network tells held-out scans from what a mask leaves of them. A mask is worth "
    "something where it does better than random ones as large and as smooth, than edges of the mean T1 and the middle."
)
CAPTION = (
    "Elsewhere stands the mean of the split's training scans, or zero; masks are made of maps of scans that the split "
    "does not hold out."
)
NAMES = {
    JOINT: "all classes",
    RANDOM: "random, as smooth",
    "edges": "edges of the mean T1",
    "centre": "middle of the field",
}


def blocks(results):
    """The first experiment's picture and, apart from it, the others, a sentence for each method, and the tables."""
    first, found = None, []
    for experiment in results.experiments:
        drawn, texts, tables = {}, [], []
        for method in _asked(results):
            table = results.table(f"sanity/{experiment}/{method}/masked_input.tsv")
            if table is None or table.empty:
                continue
            main = main_measure(table)
            whole = table[table["split"] == "all"]
            for share, rows in whole.groupby("share"):
                drawn[f"{method}, {percent(share)} of the voxels"] = [
                    _row(results, experiment, row, main) for row in _of(rows)
                ]
                texts.append(masked_sentence(f"{experiment}, {method}", share, rows.set_index("mask"), main))
            tables.append(_table(results, experiment, method, table))
        if drawn:
            what = f"Experiment {experiment}{', made scans' if results.made else ''}."
            figure = Figure(estimates(drawn, measure_name(main), " ".join(texts)), f"{what} {CAPTION}")
            found += [figure] if first else []
            first = first or figure
            found += [*(Text(text) for text in texts), Fold(f"Every mask of {experiment}", tables)]
    return first, found or [Text("No scan was shown through a mask.", "missing")]


def main_measure(table):
    """The measure that stands for a table of masked scans: balanced accuracy of classes, R2 of amounts."""
    return "balanced_accuracy" if "balanced_accuracy" in table else "r2"


def masked_sentence(what, share, rows, main):
    """What the joint mask leaves to be told, beside random masks; ``rows`` are those over all splits, by mask."""
    name = measure_name(main)
    if JOINT not in rows.index:
        return f"{what}: masks are undefined, because the maps that make them are constant."
    row = rows.loc[JOINT]
    value, low, high = (float(row[f"{main}{end}"]) for end in ("", "_low", "_high"))
    text = f"{what}: seen through {percent(share)} of the voxels, held-out scans have"
    text += f" {article(name)} of {interval(value, low, high)}"
    difference, low, high = (float(row.get(f"{main}_difference{end}", np.nan)) for end in ("", "_low", "_high"))
    if not np.isfinite(difference):
        return f"{text}; there is no random mask to hold it against."
    text += f", {number(difference)} more ({number(low)} to {number(high)}) than through random masks of that size"
    if low > 0:
        return f"{text}: what the maps mark tells more than chance marks."
    if high < 0:
        return f"{text}: what the maps mark tells less than chance marks."
    return f"{text}: what the maps mark need not tell more than what chance marks."


def _asked(results):
    # what an earlier run with other settings left is still there
    asked = "masked_input" in results.settings.get("sanity", {})
    return masking_methods(results.settings) if asked else results.methods


def _of(rows):
    """Masks of maps first, then those that know nothing."""
    return sorted(rows.itertuples(), key=lambda row: (row.mask in (RANDOM, "edges", "centre"), row.mask))


def _name(results, experiment, mask):
    if mask.startswith("class") and mask[5:].isdigit():
        return f"class {results.class_name(mask[5:], experiment)}"
    return NAMES.get(mask, mask)


def _row(results, experiment, row, main):
    values = (getattr(row, f"{main}{end}") for end in ("", "_low", "_high"))
    name = _name(results, experiment, row.mask)
    return (name, *map(float, values), [], int(row.mask in (RANDOM, "edges", "centre")))


def _table(results, experiment, method, table):
    measures = [one for one in ("balanced_accuracy", "roc_auc", "r2") if one in table]
    columns = ["Mask", "Share shown", "Split", "Scans", *(measure_name(one) for one in measures), "More than random"]
    main, rows = main_measure(table), []
    for row in table.itertuples():
        shown = [number(float(getattr(row, one))) for one in measures]
        more = float(getattr(row, f"{main}_difference"))
        more = number(more) if np.isfinite(more) else ""
        rows.append([_name(results, experiment, row.mask), percent(row.share), row.split, int(row.n), *shown, more])
    return Table(f"{method}, {experiment}: held-out scans seen through masks", columns, rows, frozenset(columns[3:]))
