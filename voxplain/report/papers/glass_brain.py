"""A map seen through the head: the strongest value along each line of sight, drawn by nilearn."""

from nilearn import plotting

from voxplain.report.papers.look import BAR, colour_bar
from voxplain.report.papers.sheet import PAGE, place, sheet
from voxplain.report.slices import quick

HEIGHT = 48
# Lines of the head, as a share of what nilearn draws on a sheet as wide as a page
THIN = 0.5


def glass_brain(image, look, unit, radiological=False, width=PAGE):
    """The sheet with the map in ``image`` from the left, the back, the right and above; left and right are marked."""
    canvas = sheet(width, HEIGHT * width / PAGE)
    height = HEIGHT * width / PAGE
    low, high = look.ends
    with quick():
        shown = plotting.plot_glass_brain(
            image,
            figure=canvas,
            axes=canvas.add_axes(place(canvas, 0, 0, width - BAR, height), facecolor="black"),
            display_mode="lyrz",
            threshold=look.threshold,
            plot_abs=False,
            symmetric_cbar=look.signed,
            cmap=look.colours,
            vmin=low,
            vmax=high,
            black_bg=True,
            colorbar=False,
            radiological=radiological,
            annotate=False,
        )
        shown.annotate(size=6)
    for one in shown.axes.values():
        for line in one.ax.patches:  # drawn by nilearn for a screen
            line.set_linewidth(line.get_linewidth() * THIN * width / PAGE)
    for side, word in (("l", "left"), ("r", "right")):
        axes = shown.axes[side].ax
        if radiological:  # nilearn turns these round too, which would show each half from within
            axes.invert_xaxis()
        axes.text(0.03, 0.97, word, color="white", fontsize=6, va="top", transform=axes.transAxes)
    colour_bar(canvas, look, unit)
    return canvas
