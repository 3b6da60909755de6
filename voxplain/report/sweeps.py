"""A drawing of one option's values against the score of the validation scans."""

import numpy as np

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style


def sweep(tried, option, label, alt):
    """The score of each value of an ``option`` as a picture: every split thin, their mean thick, choices ringed.

    tried: a table of value, split, validation and chosen, and part where models are parted.
    """
    keys = ["split", *(["part"] if "part" in tried else [])]
    with style():
        canvas, axes = panels(1, 1, 8.2, 2.9)
        axis = axes[0, 0]
        for _, rows in tried.groupby(keys, sort=False):
            rows = rows.sort_values("value")
            axis.plot(rows["value"], rows["validation"], color=QUIET, linewidth=0.8)
            chosen = rows[rows["chosen"] == 1]
            axis.plot(chosen["value"], chosen["validation"], "o", color=QUIET, markerfacecolor="none")
        mean = tried.groupby("value")["validation"].mean()
        axis.plot(mean.index, mean, color=COLOURS[0], linewidth=2, label="mean over splits")
        values = np.array(mean.index, float)
        if values.min() > 0 and values.max() / values.min() > 200:
            axis.set_xscale("log")
        axis.set_xlabel(option)
        axis.set_ylabel(label)
        axis.legend(loc="lower right")
        return drawing(canvas, alt)
