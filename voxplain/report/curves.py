"""Drawings of curves: learning over epochs, similarity of maps over the randomised layers of a network."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style
from voxplain.report.sentences import measure_name

_SHOWN = {"spearman_abs": "Spearman, absolute", "spearman": "Spearman, signed", "ssim": "SSIM"}


def learning_curves(histories, alt, score="validation_balanced_accuracy", chance=0.5):
    """Training and validation loss, and a score of the validation scans, over epochs.

    histories: ``{split and seed: table of history.tsv}``; the epoch that was kept is ringed. score: the column that is
    drawn beside the losses, or None; chance: its value for a network that learned nothing, or None.
    """
    shown = ["validation_loss"] if score is None else ["validation_loss", score]
    with style():
        canvas, axes = panels(1, len(shown), 8.2, 2.9)
        for place, (name, history) in enumerate(histories.items()):
            colour = COLOURS[place % len(COLOURS)]
            best = history[history["best"] == 1]
            axes[0, 0].plot(history["epoch"], history["train_loss"], color=colour, linestyle=":", linewidth=1.2)
            for axis, column in zip(axes[0], shown, strict=True):
                values = history.reindex(columns=["epoch", column])
                axis.plot(values["epoch"], values[column], color=colour, label=name)
                ringed = best.reindex(columns=["epoch", column])
                axis.plot(ringed["epoch"], ringed[column], "o", color=colour, markerfacecolor="none", markersize=9)
        axes[0, 0].set_title("loss (dotted: training)", loc="left")
        if score is not None:
            axes[0, 1].set_title(f"validation {measure_name(score.removeprefix('validation_'))}", loc="left")
        if score is not None and chance is not None:
            axes[0, 1].axhline(chance, color=QUIET, linestyle="--", linewidth=1)
        if score in ("validation_balanced_accuracy", "validation_roc_auc"):
            axes[0, 1].set_ylim(-0.03, 1.03)
        for axis in axes[0]:
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_xlabel("epoch")
        if len(histories) <= 10:
            axes[0, -1].legend(loc="lower right")
        return drawing(canvas, alt)


def cascade_curves(tables, alt, similarity="spearman_abs"):
    """Similarity with the original map as weights are randomised from the head down, a panel a method.

    tables: ``{method: (steps, band)}``; steps is a table with ``layer``, ``mean``, ``low`` and ``high`` in the order of
    randomisation, nan where undefined; band is (low, high) of two random networks, nan where unknown.
    """
    columns = min(2, len(tables))
    rows = -(-len(tables) // columns)
    with style():
        canvas, axes = panels(rows, columns, 8.2, 2.6 * rows, sharey=True)
        for axis in axes.flat[len(tables) :]:
            axis.set_axis_off()
        for axis, (method, (steps, band)) in zip(axes.flat, tables.items(), strict=False):
            place = np.arange(len(steps))
            if np.isfinite(band).all():
                axis.axhspan(*band, color=QUIET, alpha=0.3, linewidth=0, label="two random networks")
            axis.fill_between(place, steps["low"], steps["high"], color=COLOURS[0], alpha=0.2, linewidth=0)
            axis.plot(place, steps["mean"], "o-", color=COLOURS[0], markersize=4, label="randomised so far")
            for missing in place[~np.isfinite(steps["mean"])]:
                axis.annotate("undefined", (missing, 0), ha="center", va="bottom", rotation=90, fontsize=8, color=QUIET)
            axis.set_xticks(place, steps["layer"], rotation=60, ha="right", fontsize=7)
            axis.set_ylim(-0.35, 1.08)
            axis.set_title(method, loc="left")
        axes[0, 0].legend(loc="upper right", fontsize=8)
        for axis in axes[:, 0]:
            axis.set_ylabel(_SHOWN[similarity])
        return drawing(canvas, alt)
