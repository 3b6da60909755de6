"""A drawing of effects, each on the band that the same comes to by chance."""

import numpy as np

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style


def effects_beside_chance(groups, label, alt):
    """Effects as dots on grey bands, one row each, as a picture.

    groups: ``{title: [(name, value, low, high, told)]}``, a panel a title; ``low`` to ``high`` is the band, and a dot
    is filled and coloured where it was ``told`` apart. An effect that is not defined is written out.
    """
    lengths = [len(rows) for rows in groups.values()]
    with style():
        canvas, axes = panels(len(groups), 1, 8.2, sum(lengths) * 0.26 + len(groups) * 0.75, height_ratios=lengths)
        for axis, (title, rows) in zip(axes[:, 0], groups.items(), strict=True):
            for place, (_, value, low, high, told) in enumerate(rows):
                if np.isfinite(low) and np.isfinite(high):
                    axis.barh(place, high - low, 0.7, low, color=QUIET, alpha=0.3, linewidth=0)
                if np.isfinite(value):
                    colour = COLOURS[1] if told else QUIET
                    axis.plot(value, place, "o", color=colour, markerfacecolor=colour if told else "none", markersize=7)
                else:
                    axis.annotate("undefined", (0.01, place), xycoords=("axes fraction", "data"), va="center")
            axis.axvline(0, color=QUIET, linestyle="--", linewidth=1)
            axis.set_yticks(range(len(rows)), [row[0] for row in rows])
            axis.set_ylim(len(rows) - 0.5, -0.5)
            axis.set_title(title, loc="left")
        axes[-1, 0].set_xlabel(label)
        return drawing(canvas, alt)
