"""How alike the maps of methods, splits, seeds and subjects are: squares, sentences, tables."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.matrices import squares
from voxplain.report.sentences import count, number

DISTANCES = ("euclidean", "wasserstein")
MEASURES = {
    "pearson": "correlation",
    "spearman": "rank correlation",
    "dice": "Dice of the top voxels",
    "iou": "intersection over union of the top voxels",
    "euclidean": "distance of maps of sum 1",
    "wasserstein": "transport distance, mm",
    "ssim": "structural similarity",
}
KINDS = {
    "methods": "maps of the same scan by two methods",
    "group means of methods": "group means of two methods",
    "splits": "mean maps of two splits",
    "seeds": "maps of the same scan by two trainings of a split",
    "subjects": "maps of two subjects",
}


def agreement_blocks(results, experiment):
    """Squares of methods against methods, sentences and the table, from ``agreement.tsv`` of an experiment."""
    table = results.table(f"relevance/{experiment}/agreement.tsv")
    measures = [measure for measure in MEASURES if table is not None and measure in table]
    if not measures or table.empty:
        return []
    blocks, drawn = [], {}
    leading = next(one for one in ("spearman", *measures) if one in measures)
    for kind, title in (("methods", "maps of one scan"), ("group means of methods", "group means")):
        own = table[table["kind"] == kind]
        if len(own):
            drawn[title] = matrix(own, leading)
    texts = sentences(experiment, table, leading)
    if drawn:
        span = (-1, 1) if leading not in DISTANCES else (0, float(table[leading].max()) or 1)
        picture = squares(drawn, MEASURES[leading], " ".join(texts), span)
        blocks.append(Figure(picture, f"Experiment {experiment}: {MEASURES[leading]} in the brain."))
    blocks += [Text(text) for text in texts]
    return [*blocks, Fold(f"Agreement of maps of {experiment}, every measure", [_table(experiment, table, measures)])]


def matrix(table, measure):
    """Names, in the order of their first appearance, and the square matrix of ``measure`` between them."""
    names = list(dict.fromkeys([*table["first"], *table["second"]]))
    values = np.eye(len(names)) * (measure not in DISTANCES)
    for first, second, value in zip(table["first"], table["second"], table[measure], strict=True):
        values[names.index(first), names.index(second)] = values[names.index(second), names.index(first)] = value
    return names, values


def sentences(experiment, table, measure):
    """What the table says, kind by kind, in one measure."""
    texts = []
    for kind, what in KINDS.items():
        own = table[(table["kind"] == kind) & table[measure].notna()]
        for method, rows in own.groupby("method", sort=False, dropna=False):
            name = f", {method}" if isinstance(method, str) and method else ""
            lowest, highest = rows.loc[rows[measure].idxmin()], rows.loc[rows[measure].idxmax()]
            text = f"{experiment}{name}, {what}: {MEASURES[measure]} {number(highest[measure])} ({_pair(highest)})"
            if len(rows) > 1:
                text += f" down to {number(lowest[measure])} ({_pair(lowest)})"
            texts.append(f"{text}.")
    return texts


def _pair(row):
    amount = int(row["compared"])
    return f"{row['first']} and {row['second']}" + (f", {count(amount, 'comparison')}" if amount > 1 else "")


def _table(experiment, table, measures):
    columns = ["Compared", "Method", "First", "Second", "Comparisons", *(MEASURES[one] for one in measures)]
    rows = [
        [KINDS.get(row["kind"], row["kind"]), row["method"] if isinstance(row["method"], str) else ""]
        + [row["first"], row["second"], int(row["compared"]), *(number(row[one]) for one in measures)]
        for _, row in table.iterrows()
    ]
    return Table(f"How alike maps of {experiment} are; means over comparisons", columns, rows, frozenset(columns[4:]))
