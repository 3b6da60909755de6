"""Group maps on slices of the template, made without a plotting library: a study of many methods has hundreds."""

import contextlib
import gc
import io
import warnings

import matplotlib

matplotlib.use("Agg")

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from voxplain.report.blocks import Picture
from voxplain.report.figures import data_uri
from voxplain.report.map_colours import colours_of
from voxplain.report.orientation import sides, turned

# Below this part of the colour bar's end a map is left clear, so that anatomy shows through
CLEAR = 0.1
# The picture in CSS pixels, and its pixels for one of them
_WIDTH, _HEIGHT, _FINER = 880, 140, 1.5
# Axis, amount of slices, and where their strip begins and ends, as parts of the width
_STRIPS = ((2, 5, 0, 0.645), (0, 2, 0.65, 0.925))
_BAR = 0.938
# Levels of grey: of the brightest anatomy, and of what counts as air
_BRIGHTEST, _DARK = 200, 15
# Millimetres around the brain that are shown: maps of whole heads mark the skull, which many templates lack
_AROUND = 12
_WHITE = (255, 255, 255)


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
    values, anatomy = (np.asarray(one.dataobj, np.float32) for one in (image, template))
    spacing, origin, signed = np.diag(template.affine)[:3], template.affine[:3, 3], bool((values < 0).any())
    greys = np.clip(anatomy / (np.percentile(anatomy[mask], 99.5) or 1), 0, 1) * _BRIGHTEST
    head = _head(greys, mask, spacing)
    sizes = [length * step for length, step in zip(greys[head].shape, spacing, strict=True)]
    cells = {axis: _WIDTH * (last - first) / amount for axis, amount, first, last in _STRIPS}
    # Pixels for a millimetre, the same in all slices
    scale = _FINER * min(cells[2] / sizes[0], cells[0] / sizes[1], _HEIGHT / max(sizes[1:]))
    canvas = Image.new("RGB", (round(_WIDTH * _FINER), round(_HEIGHT * _FINER)))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(11 * _FINER)
    for axis, amount, first, _ in _STRIPS:
        cell = cells[axis] * _FINER
        for number, place in enumerate(cuts(mask, template.affine, axis, amount)):
            at = int(round((place - origin[axis]) / spacing[axis]))
            planes = [_plane(one, axis, at, head, radiological) for one in (greys, values)]
            across, down = (sizes[other] * scale for other in range(3) if other != axis)
            painted = _painted(*planes, (round(across), round(down)), limit, signed)
            left = _WIDTH * _FINER * first + number * cell
            canvas.paste(painted, (round(left + (cell - across) / 2), round((canvas.height - down) / 2)))
            pen.text((left + 4, canvas.height - 2), f"{'xyz'[axis]} = {place:.0f}", _WHITE, font, "ld")
            for side, part in zip(sides(radiological), (0.08, 0.92), strict=True) if axis == 2 else ():
                pen.text((left + part * cell, 4), side, _WHITE, font, "ma")
    _draw_bar(canvas, pen, font, limit, signed)
    written = io.BytesIO()
    canvas.save(written, format="WEBP", quality=75, method=2)
    return Picture(data_uri(written.getvalue(), "image/webp"), alt, _WIDTH, _HEIGHT)


def _head(greys, mask, spacing):
    """The box with what is not dark and the brain, and with what lies close around them, as three slices."""
    seen = mask | (greys > _DARK)
    along = [np.flatnonzero(seen.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    wider = [int(_AROUND / step) for step in spacing]
    return tuple(slice(max(0, at[0] - more), at[-1] + 1 + more) for at, more in zip(along, wider, strict=True))


def _plane(volume, axis, at, head, radiological):
    """The slice at voxel ``at`` within the box ``head``, the head's top or front up; axial ones as the study has it."""
    plane = np.take(volume, at, axis)[tuple(part for other, part in enumerate(head) if other != axis)]
    upright = np.flipud(plane.T)
    return turned(upright, radiological) if axis == 2 else upright


def _painted(grey, values, size, limit, signed):
    """A slice in colours, ``size`` pixels across and down: the anatomy smooth, the map as its voxels are."""
    anatomy = np.asarray(Image.fromarray(grey.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR), np.float32)
    shown = np.asarray(Image.fromarray(np.nan_to_num(values) / limit).resize(size, Image.Resampling.NEAREST))
    level = np.clip((shown + 1) / 2 if signed else shown, 0, 1)
    colours = (colours_of(signed)(np.linspace(0, 1, 256))[:, :3] * 255)[np.round(level * 255).astype(int)]
    return Image.fromarray(np.where(np.abs(shown)[..., None] >= CLEAR, colours, anatomy[..., None]).astype(np.uint8))


def _draw_bar(canvas, pen, font, limit, signed):
    """Paint the colour bar with its ends, and zero where it lies within."""
    left, top, right, bottom = (round(_FINER * one) for one in (_BAR * _WIDTH, 18, _BAR * _WIDTH + 8, _HEIGHT - 18))
    levels = np.linspace(1, 0, bottom - top)
    colours = (colours_of(signed)(levels)[:, None, :3] * 255).astype(np.uint8)
    canvas.paste(Image.fromarray(np.repeat(colours, right - left, axis=1)), (left, top))
    pen.rectangle((left - 1, top - 1, right, bottom), outline=_WHITE)
    ends = [(limit, top), (0, (top + bottom) // 2), (-limit, bottom)] if signed else [(limit, top), (0, bottom)]
    for value, height in ends:
        pen.text((right + 3 * _FINER, height), f"{value:.2g}", _WHITE, font, "lm")
