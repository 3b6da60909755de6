"""Kernels of a layer as slices, one after the other, in colours that tell signs."""

import numpy as np

from voxplain.insight.kernels import kernel_sheet, strongest
from voxplain.report.figures import INK, drawing, panels, style

ACROSS, SHOWN = 4, 8


def kernels(weights, title, alt):
    """The kernels of the largest norm of ``weights`` (filters, inputs, *kernel) as a picture, the largest first.

    Each lies cut along its last axis, an input below the other; all have the same symmetric limits.
    """
    places, limit = strongest(weights, SHOWN), float(np.abs(weights).max()) or 1.0
    rows = -(-len(places) // ACROSS)
    high, wide = kernel_sheet(weights, filters=places[:1]).shape
    with style():
        height = rows * (8.2 / ACROSS * min(high / wide, 1.5) + 0.35) + 0.9
        canvas, axes = panels(rows, ACROSS, 8.2, height)
        canvas.get_layout_engine().set(wspace=0.12)
        drawn = None
        for axis, place in zip(axes.flat, places, strict=False):
            sheet = kernel_sheet(weights, filters=[place])
            drawn = axis.imshow(sheet, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="none")
            axis.set_title(f"filter {place}", fontweight="normal")
        for axis in axes.flat:
            axis.set_axis_off()
        bar = canvas.colorbar(drawn, ax=axes[-1, :], orientation="horizontal", shrink=0.4, aspect=30, label="weight")
        bar.outline.set_edgecolor(INK)
        canvas.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
        return drawing(canvas, alt)
