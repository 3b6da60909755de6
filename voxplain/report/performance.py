"""Drawings of how good held-out predictions are: ROC, precision over recall, calibration; amounts told and true."""

import numpy as np

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style

AXES = {
    "roc": ("ROC", "false positive rate", "true positive rate"),
    "precision_recall": ("precision over recall", "recall", "precision"),
    "calibration": ("calibration", "stated probability", "came true"),
}


def score_curves(curves, names, alt):
    """Three panels from the rows of ``curves.tsv``; names: what the classes are called, by number."""
    with style():
        canvas, axes = panels(1, 3, 8.2, 3.0)
        for axis, curve in zip(axes[0], AXES, strict=True):
            draw_curve(axis, curves, curve, names)
        return drawing(canvas, alt)


def draw_curve(axis, curves, curve, names):
    """Draw one of AXES on ``axis`` from the rows of ``curves.tsv``, classes by their names."""
    title, below, beside = AXES[curve]
    rows = curves[curves["curve"] == curve]
    if curve == "calibration":
        _calibration(axis, rows)
    else:
        for place, (one, points) in enumerate(rows.groupby("class")):
            _band(axis, points, COLOURS[place % len(COLOURS)], names.get(int(one), str(int(one))))
        if rows["class"].nunique() <= 6 and len(rows):
            axis.legend(loc="lower right" if curve == "roc" else "lower left", fontsize="small")
    if curve != "precision_recall":
        axis.plot([0, 1], [0, 1], "--", color=QUIET, linewidth=1, zorder=0)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04), xlabel=below, ylabel=beside, aspect="equal")
    axis.set_title(title, loc="left")


def draw_amounts(axis, predictions):
    """Draw on ``axis`` what was told over what is true, a dot a held-out prediction, colours by split."""
    for place, (split, rows) in enumerate(predictions.groupby("split")):
        look = {"color": COLOURS[place % len(COLOURS)], "markersize": 4, "alpha": 0.7, "label": split}
        axis.plot(rows["label"], rows["predicted"], "o", **look)
    ends = [predictions[["label", "predicted"]].min(axis=None), predictions[["label", "predicted"]].max(axis=None)]
    axis.plot(ends, ends, "--", color=QUIET, linewidth=1, zorder=0)
    axis.set(xlabel="label", ylabel="told of held-out scans")
    if predictions["split"].nunique() <= 10:
        axis.legend(loc="upper left", fontsize="small")


def amounts_told(predictions, alt):
    """What was told over what is true, and the error over it, a dot a held-out prediction, colours by split."""
    with style():
        canvas, axes = panels(1, 2, 8.2, 3.6)
        draw_amounts(axes[0, 0], predictions)
        for place, (_, rows) in enumerate(predictions.groupby("split")):
            look = {"color": COLOURS[place % len(COLOURS)], "markersize": 4, "alpha": 0.7}
            axes[0, 1].plot(rows["label"], rows["predicted"] - rows["label"], "o", **look)
        axes[0, 1].axhline(0, linestyle="--", color=QUIET, linewidth=1, zorder=0)
        axes[0, 1].set(xlabel="label", ylabel="told minus label")
        return drawing(canvas, alt)


def _band(axis, points, colour, name):
    spread = points["sd"].fillna(0).to_numpy(float)
    low, high = np.clip(points["y"] - spread, 0, 1), np.clip(points["y"] + spread, 0, 1)
    axis.fill_between(points["x"], low, high, color=colour, alpha=0.2, linewidth=0)
    axis.plot(points["x"], points["y"], color=colour, label=name)


def _calibration(axis, rows):
    axis.vlines(rows["x"], rows["low"], rows["high"], color=COLOURS[0], linewidth=1.5)
    sizes = 12 + 90 * rows["n"] / max(rows["n"].max(), 1)
    axis.plot(rows["x"], rows["y"], color=COLOURS[0], linewidth=1)
    axis.scatter(rows["x"], rows["y"], s=sizes, color=COLOURS[0], zorder=3)
