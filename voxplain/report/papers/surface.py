"""A map on the inflated cortex of fsaverage5, which nilearn carries: both halves from outside and from inside."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from nilearn import datasets, plotting, surface

from voxplain.report.papers.look import BAR, colour_bar
from voxplain.report.papers.sheet import COLUMN, DPI, MM, PAGE, place, sheet
from voxplain.report.slices import quick

HALVES = ("left", "right")
# Half and side of each picture, from left to right of the sheet
VIEWS = (("left", "lateral"), ("left", "medial"), ("right", "medial"), ("right", "lateral"))
# Millimetres above each picture, for its name
ABOVE = 4


def cortical_values(image):
    """``{half: values}`` of the map at the 10,242 vertices of each half: the mean between white matter and pia."""
    mesh = datasets.fetch_surf_fsaverage("fsaverage5")
    return {half: surface.vol_to_surf(image, mesh[f"pial_{half}"], inner_mesh=mesh[f"white_{half}"]) for half in HALVES}


def cortex(image, look, unit, width=PAGE):
    """The sheet with the map in ``image`` on the cortex, each view with its half and side in words."""
    mesh, values = datasets.fetch_surf_fsaverage("fsaverage5"), cortical_values(image)
    columns = len(VIEWS) if width > COLUMN else 2
    wide = (width - BAR) / columns
    high = wide * 0.78 + ABOVE
    rows = len(VIEWS) // columns
    canvas = sheet(width, high * rows)
    for number, (half, view) in enumerate(VIEWS):
        row, column = divmod(number, columns)
        axes = canvas.add_axes(place(canvas, column * wide, (rows - 1 - row) * high, wide, high - ABOVE))
        axes.imshow(_seen(mesh, values[half], half, view, look, wide), interpolation="bilinear")
        axes.set_axis_off()
        axes.set_title(f"{half}, {view}", loc="center", pad=2, fontsize=6, fontweight="normal")
    colour_bar(canvas, look, unit)
    return canvas


def _seen(mesh, values, half, view, look, wide):
    """One view as pixels (rows, columns, 3), its white margins cut off."""
    inches = 1.6 * wide / MM
    canvas = Canvas(figsize=(inches, inches), facecolor="white", dpi=DPI)
    axes = canvas.add_axes((0, 0, 1, 1), projection="3d")
    low, high = look.ends
    with quick():
        plotting.plot_surf_stat_map(
            mesh[f"infl_{half}"],
            values,
            hemi=half,
            view=view,
            bg_map=mesh[f"sulc_{half}"],
            threshold=look.threshold,
            cmap=look.colours,
            vmin=low,
            vmax=high,
            symmetric_cbar=look.signed,
            colorbar=False,
            axes=axes,
            figure=canvas,
        )
    seen = FigureCanvasAgg(canvas)
    seen.draw()
    pixels = np.asarray(seen.buffer_rgba())[..., :3]
    ink = (pixels < 255).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
