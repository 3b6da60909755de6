"""Drawings of points: estimates with their intervals, an amount for every name."""

import numpy as np

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style


def estimates(groups, label, alt, reference=None, shares=()):
    """Estimates with intervals, one row each, as a picture.

    groups: ``{title: [(name, value, low, high, singles, role)]}``, a panel a title. ``singles`` are the values behind
    an estimate (one per split), ``role`` picks its colour: 0 for what the row is about, 1 for what it is held against.
    Undefined values are written out instead of drawn. reference: a value marked by a dashed line, such as chance, or
    ``{title: value}``; panels with other values have axes of their own. shares: titles of panels whose axis goes from
    0 to 1 then.
    """
    marked = reference if isinstance(reference, dict) else dict.fromkeys(groups, reference)
    lengths = [len(rows) for rows in groups.values()]
    with style():
        canvas, axes = panels(
            *(len(groups), 1, 8.2, sum(lengths) * 0.3 + len(groups) * 0.75),
            sharex=len(set(marked.values())) < 2,
            height_ratios=lengths,
        )
        for axis, (title, rows) in zip(axes[:, 0], groups.items(), strict=True):
            draw_estimates(axis, rows)
            if title in shares and len(set(marked.values())) > 1:
                axis.set_xlim(-0.02, 1.02)
            if marked.get(title) is not None:
                axis.axvline(marked[title], color=QUIET, linestyle="--", linewidth=1)
            axis.set_title(title, loc="left")
        axes[-1, 0].set_xlabel(label)
        return drawing(canvas, alt)


def draw_estimates(axis, rows, size=7):
    """Draw the rows of one panel of `estimates` on ``axis``, the first on top; size: of a dot, in points."""
    for place, (_, value, low, high, singles, role) in enumerate(rows):
        colour = COLOURS[0] if role == 0 else QUIET
        axis.plot(singles, np.full(len(singles), place), "|", color=colour, alpha=0.7, markersize=size + 1)
        if np.isfinite(low) and np.isfinite(high):
            axis.plot([low, high], [place, place], color=colour, linewidth=size * 2 / 7, solid_capstyle="butt")
        if np.isfinite(value):
            axis.plot(value, place, "o", color=colour, markersize=size)
        else:
            axis.annotate("undefined", (0.01, place), xycoords=("axes fraction", "data"), va="center")
    axis.set_yticks(range(len(rows)), [row[0] for row in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)


def bars(amounts, label, alt):
    """One horizontal bar for each name of ``amounts`` as a picture."""
    with style():
        canvas, axes = panels(1, 1, 8.2, 0.3 * len(amounts) + 0.7)
        axis = axes[0, 0]
        axis.barh(list(amounts), list(amounts.values()), color=COLOURS[0])
        axis.invert_yaxis()
        axis.set_xlabel(label)
        return drawing(canvas, alt)
