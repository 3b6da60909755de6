"""Scores of the validation scans over epochs, of all trainings of an experiment at once: their mean and its band."""

import pandas
from matplotlib.ticker import MaxNLocator

from voxplain.report.blocks import Figure
from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style
from voxplain.report.sentences import article, count, measure_name, number

PREFIX = "validation_"
SHARES = "validation_balanced_accuracy", "validation_roc_auc"


def band_figure(experiment, histories, scores, chances):
    """The picture of every score in ``scores``; None where there is but one training or no score.

    histories: ``{training: table of history.tsv}``; scores: columns of these; chances: ``{score: value or None}``.
    """
    if len(histories) < 2 or not scores:
        return None
    bands = {score: score_band(histories, score) for score in scores}
    words = " ".join(band_words(experiment, score, band) for score, band in bands.items())
    with style():
        canvas, axes = panels(1, len(bands), 8.2, 2.7)
        for axis, (score, band) in zip(axes[0], bands.items(), strict=True):
            for history in histories.values():
                axis.plot(history["epoch"], history[score], color=QUIET, linewidth=0.8, alpha=0.6)
            axis.fill_between(band["epoch"], band["low"], band["high"], color=COLOURS[0], alpha=0.25, linewidth=0)
            axis.plot(band["epoch"], band["mean"], color=COLOURS[0], linewidth=2)
            if chances.get(score) is not None:
                axis.axhline(chances[score], color=QUIET, linestyle="--", linewidth=1)
            if score in SHARES:
                axis.set_ylim(-0.03, 1.03)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_xlabel("epoch")
            axis.set_title(f"validation {measure_name(score.removeprefix(PREFIX))}", loc="left")
        picture = drawing(canvas, words)
    return Figure(
        picture,
        "Blue: the mean over trainings, with one standard deviation; grey: each training. Late epochs are of those "
        "alone "
        "that still ran.",
    )


def score_band(histories, score):
    """A row an epoch: mean, low and high (one standard deviation of the trainings, n - 1) and n, those that had it."""
    rows = pandas.concat([history.reindex(columns=["epoch", score]) for history in histories.values()]).dropna()
    found = rows.groupby("epoch")[score].agg(["mean", "std", "count"]).reset_index()
    spread = found["std"].fillna(0)
    named = {"low": found["mean"] - spread, "high": found["mean"] + spread}
    if score in SHARES:
        named = {end: values.clip(0, 1) for end, values in named.items()}
    named["n"] = found["count"]
    return found.drop(columns=["std", "count"]).assign(**named)


def band_words(experiment, score, band):
    """The highest mean, when it was reached, and how far the trainings lay apart there."""
    if band.empty:
        return f"{experiment}: no {measure_name(score.removeprefix(PREFIX))} of validation scans was recorded."
    best = band.loc[band["mean"].idxmax()]
    name = f"validation {measure_name(score.removeprefix(PREFIX))}"
    return (
        f"{experiment}: the mean of {count(int(best['n']), 'training')} reached {article(name)} of "
        f"{number(best['mean'])} at "
        f"epoch {best['epoch']:.0f}, one standard deviation {number(best['low'])} to {number(best['high'])}."
    )
