"""Group maps on slices of the template, drawn by nilearn."""

import contextlib
import gc
import warnings

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from nilearn import plotting

from voxplain.report.figures import photograph
from voxplain.report.map_colours import colours_of

# Below this part of the colour bar's end a map is left clear, so that anatomy shows through
CLEAR = 0.1


@contextlib.contextmanager
def quick():
    """A context in which nilearn draws without its warnings, and without looking through all that is in memory."""
    # nilearn collects garbage at every overlay, which takes 0.12 s each while torch-sized heaps are looked through
    gc.freeze()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        gc.unfreeze()


def colour_limit(maps):
    """One limit for several maps, so that their colours can be compared: the largest 99.9th percentile of |value|."""
    limits = [np.percentile(np.abs(values), 99.9) for values in maps]
    return float(max(limits, default=0.0)) or max((float(np.abs(values).max()) for values in maps), default=0.0)


def cuts(mask, affine, axis, amount):
    """``amount`` millimetre positions along ``axis``, evenly spread over the mask's middle nine tenths."""
    found = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
    span = found[[0, -1]] * affine[axis, axis] + affine[axis, 3]
    return np.round(np.linspace(*span, amount + 2)[1:-1], 1)


def group_picture(image, template, mask, limit, alt, radiological=False):
    """The map over the template on five axial and two sagittal slices, left and right marked, with a colour bar.

    image: map in the template's grid; template: image; mask: bool (x, y, z) of the brain; limit: end of the colour bar.
    A map with negative values gets limits symmetric around zero. radiological: the right side lies on the left.
    """
    signed = bool((np.asarray(image.dataobj) < 0).any())
    colours = {"vmin": -limit if signed else 0, "vmax": limit, "cmap": colours_of(signed)}
    strips = (("z", 2, 5, (0, 0, 0.645, 1)), ("x", 0, 2, (0.65, 0, 0.275, 1)))
    canvas = pyplot.figure(figsize=(11, 1.75), facecolor="black")
    try:
        with quick():
            for direction, axis, amount, place in strips:
                plotting.plot_stat_map(
                    image,
                    bg_img=template,
                    figure=canvas,
                    axes=canvas.add_axes(place),
                    display_mode=direction,
                    cut_coords=cuts(mask, template.affine, axis, amount),
                    threshold=CLEAR * limit,
                    symmetric_cbar=signed,
                    black_bg=True,
                    colorbar=False,
                    radiological=radiological and direction != "x",
                    **colours,
                )
        _colour_bar(canvas.add_axes((0.933, 0.12, 0.009, 0.76)), signed, limit, colours["cmap"])
        return photograph(canvas, alt)
    finally:
        pyplot.close(canvas)


def _colour_bar(axes, signed, limit, name):
    ends = (-limit, limit) if signed else (0, limit)
    colours = ScalarMappable(Normalize(*ends), name)
    bar = axes.figure.colorbar(colours, cax=axes, ticks=[ends[0], 0, ends[1]] if signed else ends)
    bar.ax.tick_params(colors="white", labelsize=8)
    bar.outline.set_edgecolor("white")
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
