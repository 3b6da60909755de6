"""Clouds of points, a scan each, coloured by what is known of the scans."""

import numpy as np
import pandas as pd
from matplotlib import colormaps

from voxplain.report.figures import COLOURS, QUIET, drawing, panels, style

# Beyond so many points they are pixels within the drawing, which would be megabytes otherwise
DRAWN = 400
# Colours that can be told apart; more values than that are no colours
MOST = len(COLOURS)


def is_colour(column):
    """Whether ``column`` can colour points: amounts, or at most seven different values."""
    values = column.nunique()
    return values > 1 and (values <= MOST or is_scale(column))


def is_scale(column):
    """Whether ``column`` is drawn as a scale of amounts and not as a colour for each value."""
    known = column.dropna()
    return pd.api.types.is_numeric_dtype(known) and known.nunique() > MOST


def scatters(clouds, colour, name, alt):
    """A panel for each of ``clouds``, ``{title: points}``, whose colours are the column ``colour``, called ``name``.

    points: a data frame of x, y, scan and role; colour: a series, its index the scan. Held-out scans are full dots,
    those that were learned from rings, or of a scale large and small. Scans without a value are grey.
    """
    known, amounts = colour.dropna(), is_scale(colour)
    values = [] if amounts else sorted(known.unique())
    columns = 2 if len(clouds) == 4 else min(3, len(clouds))
    rows = -(-len(clouds) // columns)
    with style():
        canvas, axes = panels(rows, columns, 8.2, 2.7 * rows + 0.4)
        for axis, (title, points) in zip(axes.flat, clouds.items(), strict=False):
            cells = colour.reindex(points["scan"]).to_numpy()
            if amounts:
                drawn = _amounts(axis, points, cells.astype(float), (known.min(), known.max()))
            else:
                _values(axis, points, cells, values)
            axis.set_title(title, loc="left")
            axis.set_xticks([])
            axis.set_yticks([])
        for axis in axes.flat[len(clouds) :]:
            axis.set_axis_off()
        if amounts:
            canvas.colorbar(drawn, ax=axes, label=name, shrink=0.8)
        else:
            handles, labels = axes.flat[0].get_legend_handles_labels()
            canvas.legend(handles, labels, title=name, loc="outside right upper", title_fontsize=10)
        return drawing(canvas, alt)


def _values(axis, points, cells, values):
    for value, paint in [*zip(values, COLOURS, strict=False), (None, QUIET)]:
        chosen = pd.isna(cells) if value is None else cells == value
        label = "unknown" if value is None else str(value)
        for full, part in _by_role(points[chosen]):
            if len(part):
                face = {"c": paint} if full else {"facecolors": "none", "edgecolors": paint, "linewidths": 0.9}
                axis.scatter(part["x"], part["y"], s=16, label=label, rasterized=len(points) > DRAWN, **face)
                label = None


def _amounts(axis, points, cells, ends):
    drawn, scale = None, colormaps["viridis"].with_extremes(bad=QUIET)
    for full, part in _by_role(points.assign(cell=cells)):
        size = 22 if full else 8
        how = {"c": part["cell"], "cmap": scale, "vmin": ends[0], "vmax": ends[1], "plotnonfinite": True}
        drawn = axis.scatter(part["x"], part["y"], s=size, rasterized=len(points) > DRAWN, **how)
    return drawn


def _by_role(points):
    """Pairs: whether drawn full, and those points; training scans first, so that held-out ones lie above them."""
    learned = np.isin(points["role"], ("train", "validation"))
    return (False, points[learned]), (True, points[~learned])
