"""Drawings of a network's answer while what a map calls relevant is taken out of scans, or put in."""

import numpy as np

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style

TITLES = {"deletion": "taken out", "insertion": "put in", "road": "taken out, filled in from around"}
LINES = {"random": (0, (4, 2)), "centre": (0, (1, 1.5)), "edges": (0, (5, 1.5, 1, 1.5))}


def answer_curves(curves, names, alt):
    """Mean curves, a row a method and a column a measure, as a picture.

    curves: ``{method: {measure: {map: (shares, values)}}}``; of the maps the method's own is called ``method`` and the
    others stand beside it in grey, each with its dashes; values are shares of the answer, nan where undefined. names:
    the maps in the reader's words.
    """
    measures = [one for one in TITLES if any(one in found for found in curves.values())]
    with style():
        canvas, axes = panels(len(curves), len(measures), 8.2, 1.9 * len(curves) + 0.7, sharex=True, sharey=True)
        for row, (method, found) in zip(axes, curves.items(), strict=True):
            for axis, measure in zip(row, measures, strict=True):
                for name, (shares, values) in found.get(measure, {}).items():
                    _draw(axis, name, shares, values, names)
                axis.set_title(f"{method}, {TITLES[measure]}", loc="left")
        for axis in axes[:, 0]:
            axis.set_ylabel("share of the answer")
        for axis in axes[-1]:
            axis.set_xlabel("share of the voxels")
        lines, labels = axes[0, 0].get_legend_handles_labels()
        canvas.legend(lines, labels, loc="outside upper center", ncols=4, fontsize=8)
        return drawing(canvas, alt)


def _draw(axis, name, shares, values, names):
    if not np.isfinite(values).any():
        if name == "method":
            axis.annotate("undefined", (0.5, 0.5), xycoords="axes fraction", ha="center", color=QUIET)
        return
    if name == "method":
        axis.plot(shares, values, "o-", color=COLOURS[0], markersize=4, label=names[name], zorder=3)
    else:
        axis.plot(shares, values, color=QUIET, linestyle=LINES.get(name, "-"), linewidth=1.5, label=names[name])
