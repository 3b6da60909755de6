"""A map on rows of axial, coronal and sagittal slices, all at one magnification, left and right marked."""

import numpy as np
from matplotlib.patheffects import withStroke

from voxplain.report.orientation import sides
from voxplain.report.papers.look import BAR, colour_bar
from voxplain.report.papers.sheet import PAGE, place, sheet
from voxplain.report.slices import cuts
from voxplain.report.thumbnails import slices

# Directions and amounts of slices, row by row
ROWS = ((("z", 7),), (("y", 4), ("x", 3)))
AXES = "xyz"
# Millimetres: of head around the brain that is shown, of the sheet beside the slices, between rows
AROUND = 20
BETWEEN = 1
# Letters stay legible on bright anatomy
OUTLINE = [withStroke(linewidth=1.2, foreground="black")]


def mosaic(values, background, mask, affine, look, unit, radiological=False, rows=ROWS, width=PAGE):
    """The sheet: ``values`` over ``background``, both (x, y, z) in RAS order on the grid of ``affine``.

    mask: bool, the brain, over which slices are spread; rows: for each row the directions and how many slices of each.
    """
    spacing = np.abs(np.diag(affine)[:3])
    box = _box(mask, spacing)
    values, background, mask = (one[box] for one in (values, background, mask))
    corner = affine[:3, 3] + np.diag(affine)[:3] * [part.start for part in box]
    grid = np.diag([*np.diag(affine)[:3], 1.0])
    grid[:3, 3] = corner
    lengths = spacing * values.shape
    tiles = [
        [(axis, cut) for axis, amount in row for cut in cuts(mask, grid, AXES.index(axis), amount)] for row in rows
    ]
    wide = [sum(_extent(axis, lengths)[0] for axis, _ in row) for row in tiles]
    scale = (width - BAR) / max(wide)
    heights = [max(_extent(axis, lengths)[1] for axis, _ in row) * scale for row in tiles]
    canvas = sheet(width, sum(heights) + BETWEEN * (len(rows) - 1))
    canvas.add_axes(place(canvas, 0, 0, width - BAR, 10 * width), facecolor="black").set(xticks=[], yticks=[])
    top = np.percentile(background[mask], 99.5) if mask.any() else background.max()
    grey = np.clip(background / top if top > 0 else 0 * background, 0, 1)
    up = sum(heights) + BETWEEN * (len(rows) - 1)
    for row, across, height in zip(tiles, wide, heights, strict=True):
        up -= height
        left, gap = 0.0, ((width - BAR) - across * scale) / max(1, len(row) - 1)
        for axis, cut in row:
            broad = _extent(axis, lengths)[0] * scale
            axes = canvas.add_axes(place(canvas, left, up, broad, height), facecolor="black")
            _tile(axes, grey, values, look, axis, cut, grid, radiological)
            left += broad + gap
        up -= BETWEEN
    colour_bar(canvas, look, unit)
    return canvas


def _tile(axes, grey, values, look, axis, cut, affine, radiological):
    which = AXES.index(axis)
    index = [length // 2 for length in grey.shape]
    index[which] = int(np.clip(round((cut - affine[which, 3]) / affine[which, which]), 0, grey.shape[which] - 1))
    below, above = (slices(one, index, radiological)[which] for one in (grey, values))
    spacing = np.abs(np.diag(affine)[:3])
    across, up = _extent(axis, spacing * grey.shape)
    frame = {"extent": (0, across, 0, up), "aspect": "equal"}
    axes.imshow(below, cmap="gray", vmin=0, vmax=1, interpolation="bilinear", **frame)
    axes.imshow(look.painted(above), interpolation="nearest", **frame)
    axes.set(xticks=[], yticks=[], xlim=(0, across), ylim=(0, up))
    axes.spines[:].set_visible(False)
    words = {"color": "white", "transform": axes.transAxes, "fontsize": 6, "path_effects": OUTLINE}
    axes.text(0.03, 0.98, f"{axis} = {round(cut)}", va="top", **words)
    if axis != "x":
        for along, side in zip((0.03, 0.97), sides(radiological), strict=True):
            axes.text(along, 0.02, side, ha="left" if along < 0.5 else "right", **words)


def _extent(axis, lengths):
    """Width and height in mm of a slice across ``axis`` of a box with these lengths."""
    return tuple(length for other, length in zip(AXES, lengths, strict=True) if other != axis)


def _box(mask, spacing):
    """The part of the grid that holds the brain and what is close around it, as slices of its indices."""
    found = np.argwhere(mask) if mask.any() else np.argwhere(~mask)
    more = np.ceil(AROUND / spacing).astype(int)
    low, high = np.maximum(found.min(axis=0) - more, 0), np.minimum(found.max(axis=0) + more + 1, mask.shape)
    return tuple(slice(int(start), int(stop)) for start, stop in zip(low, high, strict=True))
