"""The section on scores: the network beside what can be told from size or from outside the brain alone."""

import numpy as np

from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.points import estimates
from voxplain.report.sentences import MEASURES, beside_baselines, is_network, measure_name, model_name, number, score

READING = (
    "The dot is the mean over splits of the score on held-out scans, the line its 95 % bootstrap interval over "
    "subjects, and the small strokes are the single splits; the dashed line is chance.",
    "A network is worth explaining where its interval lies to the right of chance and of the grey baselines, which see "
    "nothing but a brain's size or the brightness outside it.",
)
SHOWN = ("balanced_accuracy", "roc_auc")


def section(results):
    """The section, from ``scores.tsv`` and ``predictions.tsv`` of each experiment."""
    tables = {name: results.table(f"predict/{name}/scores.tsv") for name in results.experiments}
    panels, texts, blocks = {}, [], []
    for experiment, table in tables.items():
        blocks.append(Heading(f"Experiment {experiment}"))
        if table is None or table.empty:
            blocks.append(Text(f"{experiment}: no scores were recorded.", "missing"))
            continue
        for measure in SHOWN:
            if (table["measure"] == measure).any():
                panels[f"{experiment}: {measure_name(measure)}"] = _rows(table, measure)
        sentences = _sentences(experiment, table)
        texts += sentences
        blocks += [Text(" ".join(sentences)), _summary(experiment, table), _confusion(results, experiment)]
        blocks.append(Fold(f"Every split of {experiment}", [_splits(experiment, table)]))
    picture = Figure(estimates(panels, "score of held-out scans", " ".join(texts), 0.5)) if panels else None
    return Section("scores", "Scores", READING, picture, [block for block in blocks if block is not None])


def overall(table, model, measure):
    """(mean over splits, low, high) of a model's measure, nan where it is not in ``table``."""
    row = table[_chosen(table, model, measure) & (table["split"] == "all")]
    return tuple(float(value) for value in row.iloc[0][["mean", "low", "high"]]) if len(row) else (np.nan,) * 3


def _chosen(table, model, measure):
    return (table["model"] == model) & (table["measure"] == measure)


def _models(table):
    return sorted(table["model"].unique(), key=lambda model: (not is_network(model), model != "network"))


def _single(table, model, measure):
    return table.loc[_chosen(table, model, measure) & (table["split"] != "all"), "value"].to_numpy(float)


def _rows(table, measure):
    return [
        (model_name(model), *overall(table, model, measure), _single(table, model, measure), int(not is_network(model)))
        for model in _models(table)
    ]


def _sentences(experiment, table):
    baselines = {model: overall(table, model, SHOWN[0])[0] for model in _models(table) if not is_network(model)}
    value, low, high = overall(table, "network", SHOWN[0])
    return [score(experiment, SHOWN[0], value, low, high), beside_baselines(experiment, value, baselines)]


def _summary(experiment, table):
    columns = ["Model", *(measure_name(measure) for measure in MEASURES)]
    rows = [[model_name(model), *(_cell(table, model, measure) for measure in MEASURES)] for model in _models(table)]
    caption = f"Scores of {experiment} and its baselines: mean of splits (sd), 95 % interval"
    return Table(caption, columns, rows, frozenset(columns[1:]))


def _cell(table, model, measure):
    value, low, high = overall(table, model, measure)
    if not np.isfinite(value):
        return "undefined"
    sd = table.loc[_chosen(table, model, measure) & (table["split"] == "all"), "sd"].iloc[0]
    span = f"{number(low)} to {number(high)}" if np.isfinite(low) else "no interval"
    return f"{number(value)} ({number(sd)}), {span}"


def _splits(experiment, table):
    splits = [split for split in table["split"].unique() if split != "all"]
    rows = []
    known = table[table["measure"].isin(MEASURES)]
    for (model, measure), values in known.groupby(["model", "measure"], sort=False):
        by_split = values.set_index("split")["value"]
        rows.append(
            [model_name(model), measure_name(measure), *(number(by_split.get(split, np.nan)) for split in splits)]
        )
    return Table(f"Scores of {experiment} by split", ["Model", "Measure", *splits], rows, frozenset(splits))


def _confusion(results, experiment):
    predictions = results.table(f"predict/{experiment}/predictions.tsv")
    if predictions is None or predictions.empty:
        return None
    classes = sorted(set(predictions["label"]) | set(predictions["predicted"]) | set(results.class_names(experiment)))
    names = [results.class_name(label, experiment) for label in classes]
    rows = [
        [
            f"truly {name}",
            *(int(((predictions["label"] == label) & (predictions["predicted"] == other)).sum()) for other in classes),
        ]
        for label, name in zip(classes, names, strict=True)
    ]
    columns = ["", *(f"called {name}" for name in names)]
    return Table(f"Confusion of {experiment}: held-out predictions", columns, rows, frozenset(columns[1:]))
