"""Whether group maps stay when networks are trained again, agree with maps of others, and hide kinds of subjects."""

import numpy as np

from voxplain.report.agreement import MEASURES
from voxplain.report.blocks import Figure, Fold, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import count, interval, number

KINDS = {
    "retrained": "one scan, two trainings",
    "subjects": "two subjects, one training",
    "group": "group means of two trainings",
}
OUTSIDE = {
    **MEASURES,
    "spearman_abs": "rank correlation of magnitudes",
    "dice": "Dice at the size of its region",
    "density": "mean magnitude in its region over that in the brain",
}


def stability_blocks(results, experiment):
    """How alike maps of retrained networks are, beside maps of other subjects, from every ``stability_summary.tsv``."""
    drawn, texts, rows = {}, [], []
    for method in results.methods:
        table = results.table(f"relevance/{experiment}/{method}/stability_summary.tsv")
        if table is None or table.empty:
            continue
        own = table[table["measure"] == "spearman"].set_index("kind")
        drawn[method] = [
            (KINDS[kind], *own.loc[kind, ["mean", "low", "high"]].astype(float), [], int(kind != "retrained"))
            for kind in KINDS
            if kind in own.index
        ]
        texts.append(stability_sentence(experiment, method, own))
        rows += [[method, *_row(row)] for row in table.itertuples()]
    if not drawn:
        return []
    columns = ["Method", "Maps", "Measure", "Mean", "Low", "High", "Subjects", "Comparisons", "Undefined"]
    title = f"How alike maps of {experiment} are between trainings"
    picture = estimates(drawn, "rank correlation in the brain", " ".join(texts), 0.0)
    caption = f"Experiment {experiment}: maps that change when the network is trained again tell of that training."
    table = Table(title, columns, rows, frozenset(columns[3:]))
    return [Figure(picture, caption), *(Text(text) for text in texts), Fold(title, [table])]


def stability_sentence(experiment, method, own):
    """What retraining does to a method's maps; ``own`` holds rank correlations by kind, with mean, low and high."""
    values = {
        kind: own.loc[kind, ["mean", "low", "high"]].astype(float).tolist() for kind in KINDS if kind in own.index
    }
    retrained, subjects = values.get("retrained", [np.nan] * 3), values.get("subjects", [np.nan] * 3)
    text = f"{experiment}, {method}: maps of one scan by two trainings of its split agree with {interval(*retrained)}"
    if not np.isfinite(subjects[0]) or not np.isfinite(retrained[0]):
        return f"{text}."
    text += f", maps of two subjects by one training with {number(subjects[0])}"
    if retrained[1] > subjects[0]:
        return f"{text}: a map tells more of its scan than of the training."
    if retrained[2] < subjects[0]:
        return f"{text}: a map tells more of the training than of its scan."
    return f"{text}: a map tells as much of the training as of its scan."


def outside_blocks(results, experiment):
    """Every ``outside-<name>.tsv``: how alike group maps and a map of others are, and what smoothness alone makes."""
    blocks, rows = [], []
    for name in results.settings.get("relevance", {}).get("outside", {}):
        for method in results.methods:
            table = results.table(f"relevance/{experiment}/{method}/outside-{name}.tsv")
            if table is None or table.empty:
                continue
            for row in table.itertuples():
                if isinstance(row.measure, str):
                    rows.append([name, method, row.group, OUTSIDE.get(row.measure, row.measure), *_held(row)])
            known = table[table["measure"] == "spearman_abs"]
            leading = known[known["group"] == "correct"] if (known["group"] == "correct").any() else known
            if len(leading):
                blocks.append(Text(outside_sentence(experiment, method, name, leading.iloc[0])))
    if not rows:
        return blocks
    columns = ["Outside map", "Method", "Group", "Measure", "Value", "p", "Surrogates, mean", "Surrogates, 95 %"]
    table = Table(f"Group maps of {experiment} and maps of others", columns, rows, frozenset(columns[4:]))
    return [*blocks, Fold(f"Every measure against maps of others, {experiment}", [table])]


def outside_sentence(experiment, method, name, row):
    """How alike magnitudes of a group map and of a map of others are, and whether smoothness alone makes them so."""
    chance = f"surrogates as smooth reach {number(row['null_low'])} to {number(row['null_high'])}, p = {row['p']:.3g}"
    verdict = (
        "more alike than smoothness alone makes them" if row["p"] <= 0.05 else "no more alike than smooth maps are"
    )
    return (
        f"{experiment}, {method}, group {row['group']} and {name}: rank correlation of magnitudes "
        f"{number(row['value'])} ({chance}): {verdict}."
    )


def subtype_blocks(results, experiment):
    """Whether the subjects of a class fall into kinds by the regions of their maps: sentences, and who is in which."""
    blocks, tables = [], []
    for method in results.methods:
        folder = results.folder / "relevance" / experiment / method
        for path in sorted(folder.glob("atlas-*_subtypes.tsv")):
            summary = results.table(path.relative_to(results.folder))
            for row in summary.itertuples():
                blocks.append(Text(f"{experiment}, {method}, {row.group}: {row.sentence}."))
            centres = results.table(path.relative_to(results.folder).with_name(f"{path.stem}_centres.tsv"))
            found = set(summary.loc[summary["number"] > 1, "group"])
            if centres is not None and len(centres := centres[centres["group"].isin(found)]):
                tables.append(_centres(method, centres))
    return [*blocks, Fold(f"Regions of the kinds of subjects of {experiment}", tables)] if tables else blocks


def _centres(method, centres):
    columns = ["Group", "Cluster", "Region", "Share", "Away from the mean of all"]
    rows = [
        [row.group, int(row.cluster), row.region, number(row.share, 3), number(row.difference, 3)]
        for row in centres.itertuples()
    ]
    return Table(f"{method}: mean shares of {count(len(rows), 'region')}", columns, rows, frozenset(columns[3:]))


def _row(row):
    subjects = int(row.subjects) if np.isfinite(row.subjects) else ""
    measured = "share with the same answer" if row.measure == "predicted" else MEASURES.get(row.measure, row.measure)
    numbers = [number(value) for value in (row.mean, row.low, row.high)]
    return [KINDS.get(row.kind, row.kind), measured, *numbers, subjects, int(row.comparisons), int(row.undefined)]


def _held(row):
    return [
        number(row.value),
        f"{row.p:.3g}",
        number(row.null_mean),
        f"{number(row.null_low)} to {number(row.null_high)}",
    ]
