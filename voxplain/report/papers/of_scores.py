"""Figures of numbers: how good a network is, where its relevance lies, whether maps find what was planted."""

import numpy as np

from voxplain.report.chance import chance, of_amounts, told
from voxplain.report.figures import QUIET
from voxplain.report.localisation import FLAG, effect_rows, located_sentences, planted
from voxplain.report.papers.captions import MADE, joined
from voxplain.report.papers.sheet import COLUMN, PAGE, PaperFigure, sheet
from voxplain.report.performance import draw_amounts, draw_curve
from voxplain.report.points import draw_estimates
from voxplain.report.regions import region_sentence
from voxplain.report.scores import score_rows, sentences
from voxplain.report.sentences import measure_name

# Millimetres of a row of estimates, and of what stands above and below them
ROW, AROUND = 3.6, 14
DOT = 3.5
# Millimetres of the height of a plot
PLOT = 58
# Letters of a region's name that fit into a column
LETTERS = 34
# Regions that are drawn, those with most relevance
REGIONS = 12
INTERVALS = "Dots with lines: values with their 95 % intervals over subjects"


def performance(results, experiment):
    """ROC and precision over recall of held-out scans, or amounts told over true ones, beside scores of baselines."""
    folder = f"predict/{experiment}"
    table, curves = (results.table(f"{folder}/{name}.tsv") for name in ("scores", "curves"))
    if table is None or table.empty:
        return None
    main = told(table)[0]
    amounts = of_amounts(table)
    predictions = results.table(f"{folder}/predictions.tsv")
    if amounts or curves is None or curves.empty:
        drawn = ["amounts"] if amounts and predictions is not None else []
    else:
        drawn = [name for name in ("roc", "precision_recall") if (curves["curve"] == name).any()]
    rows = score_rows(table, main)
    height = max(PLOT, len(rows) * ROW + AROUND)
    canvas = sheet(PAGE if drawn else COLUMN, height, layout="constrained")
    axes = canvas.subplots(1, len(drawn) + 1, squeeze=False)[0]
    for axis, name in zip(axes, drawn, strict=False):
        if name == "amounts":
            draw_amounts(axis, predictions)
            axis.set_xlabel(results.label(experiment))
        else:
            draw_curve(axis, curves, name, results.class_names(experiment))
    draw_estimates(axes[-1], rows, DOT)
    axes[-1].set_xlabel("held-out scans")
    axes[-1].set_title(measure_name(main), loc="left")
    if (level := chance(table, main)) is not None:
        axes[-1].axvline(level, color=QUIET, linestyle="--", linewidth=0.8)
    shows = [f"Experiment {experiment}: held-out scans. {INTERVALS}; strokes: single splits; dashed: chance"]
    if "roc" in drawn:
        shows.append("Curves: means over splits, their bands one standard deviation")
    return PaperFigure(canvas, joined([*shows, *sentences(experiment, table), MADE if results.made else ""]))


def localisation(results, experiment):
    """How well group maps of every method find what was planted, beside maps that know nothing; None of real heads."""
    table = results.table(f"sanity/{experiment}/localisation.tsv")
    if table is None or (table := planted(table)).empty:
        return None
    panels = effect_rows({experiment: table})
    lengths = [len(rows) for rows in panels.values()]
    canvas = sheet(PAGE, sum(lengths) * ROW + AROUND * len(panels), layout="constrained")
    axes = canvas.subplots(len(panels), 1, squeeze=False, sharex=True, height_ratios=lengths)[:, 0]
    for axis, (title, rows) in zip(axes, panels.items(), strict=True):
        draw_estimates(axis, rows, DOT)
        axis.axvline(0.5, color=QUIET, linestyle="--", linewidth=0.8)
        axis.set_title(title, loc="left")
    axes[-1].set_xlabel("localisation AUC")
    return PaperFigure(canvas, joined([INTERVALS, *located_sentences({experiment: table}), FLAG]))


def regions(results, experiment, method, atlas, group):
    """The regions of ``atlas`` that hold most of a group's relevance, in one column; None where none was ranked."""
    table = results.table(f"relevance/{experiment}/{method}/atlas-{atlas}_regions.tsv")
    if table is None:
        return None
    own = table[(table["group"] == group) & table["share"].notna()]
    if own.empty:
        return None
    shown = own.head(REGIONS)
    rows = [(_short(row.region), row.share, row.share_low, row.share_high, [], 0) for row in shown.itertuples()]
    canvas = sheet(COLUMN, len(rows) * ROW + AROUND, layout="constrained")
    axis = canvas.subplots()
    draw_estimates(axis, rows, DOT)
    axis.set(xlabel="share of the absolute relevance", xlim=(0, None))
    enrichment = shown["enrichment"].to_numpy(float)
    if np.isfinite(enrichment).all():
        by_size = shown["share"].to_numpy(float) / np.where(enrichment > 0, enrichment, np.nan)
        axis.plot(by_size, range(len(rows)), "|", color=QUIET, markersize=6)
    shows = f"Atlas {atlas}. {INTERVALS}; grey strokes: the share that a region's size alone would have"
    return PaperFigure(
        canvas, joined([region_sentence(experiment, method, group, own), shows, MADE if results.made else ""])
    )


def _short(name):
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}"
