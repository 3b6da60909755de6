"""The section on scores: the network beside what can be told from size or from outside the brain alone."""

import numpy as np

from voxplain.report.adjusted import adjusted_blocks
from voxplain.report.blocks import Figure, Fold, Heading, Section, Table, Text
from voxplain.report.chance import chance, told
from voxplain.report.held_out import held_out_blocks
from voxplain.report.points import estimates
from voxplain.report.predictions import prediction_links
from voxplain.report.probes import size_blocks
from voxplain.report.sentences import (
    MEASURES,
    beside_baselines,
    is_network,
    measure_name,
    model_name,
    number,
    permuted,
    score,
)
from voxplain.report.side_by_side import side_by_side_blocks

READING = (
    "The dot is the mean over splits of the score on held-out scans, the line its 95 % bootstrap interval over "
    "subjects, and the small strokes are the single splits; the dashed line is chance.",
    "A network is worth explaining where its interval lies to the right of chance and of the grey baselines, which see "
    "nothing but a brain's size or the brightness outside it.",
)


def section(results):
    """The section, from ``scores.tsv``, ``curves.tsv`` and ``predictions.tsv`` of each experiment."""
    tables = {name: results.table(f"predict/{name}/scores.tsv") for name in results.experiments}
    panels, marked, texts, blocks = {}, {}, [], []
    for experiment, table in tables.items():
        blocks.append(Heading(f"Experiment {experiment}"))
        if table is None or table.empty:
            blocks.append(Text(f"{experiment}: no scores were recorded.", "missing"))
            continue
        for measure in told(table):
            if (table["measure"] == measure).any():
                title = f"{experiment}: {measure_name(measure)}{', lower is better' if measure == 'mae' else ''}"
                panels[title], marked[title] = score_rows(table, measure), chance(table, measure)
        said = sentences(experiment, table)
        texts += said
        blocks += [Text(" ".join(said)), summary(f"{experiment} and its baselines", table)]
        blocks += [*held_out_blocks(results, experiment), *prediction_links(results, experiment)]
        blocks += [*size_blocks(results, experiment)]
        blocks += adjusted_blocks(results, experiment)
        blocks.append(Fold(f"Every split of {experiment}", [_splits(experiment, table)]))
    blocks += side_by_side_blocks(results)
    shares, alt = {title for title, level in marked.items() if level}, " ".join(texts)
    picture = Figure(estimates(panels, "score of held-out scans", alt, marked, shares)) if panels else None
    return Section("scores", "Scores", READING, picture, blocks)


def overall(table, model, measure):
    """(mean over splits, low, high) of a model's measure, nan where it is not in ``table``."""
    row = _whole(table, model, measure)
    return tuple(float(value) for value in row.iloc[0][["mean", "low", "high"]]) if len(row) else (np.nan,) * 3


def sentences(experiment, table):
    """What the network reached, how sure that is, and where it stands among the baselines."""
    main = told(table)[0]
    baselines = {model: overall(table, model, main)[0] for model in _models(table) if not is_network(model)}
    value, low, high = overall(table, "network", main)
    said = [score(experiment, main, value, low, high, chance(table, main)), _permuted(table, main)]
    return [one for one in [*said, beside_baselines(experiment, value, baselines)] if one]


def summary(what, table):
    """Every measure of every model over all splits, as a table that begins "Scores of <what>"."""
    models = _models(table)
    measures = [measure for measure in MEASURES if (table["measure"] == measure).any()]
    rows = [[measure_name(one), *(_cell(table, model, one) for model in models)] for one in measures]
    main = told(table)[0]
    if "p" in table and table["p"].notna().any():
        told_p = [_whole(table, model, main)["p"].squeeze() for model in models]
        rows.append([f"p of {measure_name(main)}, fixed predictions", *(number(float(p), 3) for p in told_p)])
    columns = ["Measure", *(model_name(model) for model in models)]
    caption = f"Scores of {what}: mean of splits (sd), 95 % interval"
    return Table(caption, columns, rows, frozenset(columns[1:]))


def score_rows(table, measure):
    """Rows of a picture of estimates, one a model."""
    return [
        (model_name(model), *overall(table, model, measure), _single(table, model, measure), int(not is_network(model)))
        for model in _models(table)
    ]


def _whole(table, model, measure):
    return table[_chosen(table, model, measure) & (table["split"] == "all")]


def _chosen(table, model, measure):
    return (table["model"] == model) & (table["measure"] == measure)


def _models(table):
    return sorted(table["model"].unique(), key=lambda model: (not is_network(model), model != "network"))


def _single(table, model, measure):
    return table.loc[_chosen(table, model, measure) & (table["split"] != "all"), "value"].to_numpy(float)


def _permuted(table, measure):
    row = _whole(table, "network", measure)
    return permuted(float(row["p"].iloc[0]), row["p_kind"].iloc[0]) if "p" in row and len(row) else ""


def _cell(table, model, measure):
    value, low, high = overall(table, model, measure)
    if not np.isfinite(value):
        return "undefined"
    sd = _whole(table, model, measure)["sd"].iloc[0]
    span = f"{number(low)} to {number(high)}" if np.isfinite(low) else "no interval"
    return f"{number(value)} ({number(sd)}), {span}" if np.isfinite(sd) else f"{number(value)}, {span}"


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
