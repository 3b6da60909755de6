"""The picture of a map over its image, drawn without a plotting library."""

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from voxplain.mine.overlay import colour_limit, coloured, grey, laid_over
from voxplain.mine.planes import planes

LARGEST = 190  # pixels of a slice's longer side
PHOTO = 640, 480  # most columns and rows of a picture of two dimensions
GAP, TOP, BAR = 8, 26, 96
BAR_WIDTH = 14
FONT = 13
WHITE, QUIET = (240, 240, 240), (160, 165, 170)


def picture_of(explanation):
    """A Pillow image: slices of a volume from three sides, or a picture beside itself, under the map; a colour bar.

    Warm colours speak for what is explained, cold ones against it. The bar ends at the 99.9th percentile of the map's
    absolute values. Left and right are marked where the header says which is which.
    """
    limit = colour_limit(explanation.map)
    rows = _photo_rows(explanation, limit) if explanation.map.ndim == 2 else _volume_rows(explanation, limit)
    width = max(sum(len(tile[0]) + GAP for tile, _, _ in row) for row in rows) + GAP
    heights = [max(len(tile) for tile, _, _ in row) for row in rows]
    size = max(width + BAR, 420), TOP + sum(height + FONT + GAP for height in heights) + 2 * GAP
    canvas = Pillow.new("RGB", size)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(FONT)
    draw.text((GAP, GAP), _fitting(_caption(explanation.about), draw, font, size[0] - 2 * GAP), WHITE, font)
    top = TOP + GAP
    for row, height in zip(rows, heights, strict=True):
        left = GAP
        for tile, title, sides in row:
            down = (height - len(tile)) // 2
            canvas.paste(Pillow.fromarray(tile), (left, top + down))
            draw.text((left, top + height), title, QUIET, font)
            if sides:
                draw.text((left + 1, top), "L", WHITE, font)
                draw.text((left + len(tile[0]) - 10, top), "R", WHITE, font)
            left += len(tile[0]) + GAP
        top += height + FONT + GAP
    _bar(canvas, draw, font, limit, signed=bool((explanation.map < 0).any()))
    return canvas


def _volume_rows(explanation, limit):
    drawn = planes(explanation)
    scale = LARGEST / max(length for row in drawn for one in row for length in one.size)
    low, high = np.percentile(explanation.image.data, (1, 99.5))
    rows = []
    for row in drawn:
        tiles = []
        for one in row:
            rows_columns = [max(1, round(length * scale)) for length in one.size]
            image = _resized(one.image, rows_columns, Pillow.Resampling.BILINEAR)
            found = _resized(one.map, rows_columns, Pillow.Resampling.NEAREST)
            tiles.append((laid_over(grey(image, low, high), found, limit), one.title, one.sides))
        rows.append(tiles)
    return rows


def _photo_rows(explanation, limit):
    data = explanation.image.data
    factor = min(PHOTO[0] / data.shape[2], PHOTO[1] / data.shape[1])
    size = [max(1, round(length * factor)) for length in data.shape[1:]]
    parts = [_resized(one, size, Pillow.Resampling.BILINEAR) for one in data]
    low, high = np.percentile(data, (0.5, 99.5)) if data.min() < 0 or data.max() > 1 else (0, 1)
    seen = [grey(one, low, high)[..., 0] for one in parts]
    shown = np.stack([seen[0]] * 3 if len(seen) == 1 else seen, -1)
    # in grey under the map, so that all colours are the map's
    under = np.repeat(np.mean(seen, axis=0)[..., None], 3, -1)
    resampling = Pillow.Resampling.NEAREST if factor >= 1 else Pillow.Resampling.BOX
    laid = laid_over(under, _resized(explanation.map, size, resampling), limit)
    return [[(np.round(shown).astype(np.uint8), explanation.image.name, False), (laid, "with its map", False)]]


def _resized(values, rows_columns, resampling):
    return np.asarray(Pillow.fromarray(np.ascontiguousarray(values, np.float32)).resize(rows_columns[::-1], resampling))


def _bar(canvas, draw, font, limit, signed):
    left, height = canvas.width - BAR + 2 * GAP, min(200, canvas.height - TOP - 4 * GAP)
    top = TOP + (canvas.height - TOP - height) // 2
    values = np.linspace(limit, -limit if signed else 0, height)[:, None].repeat(BAR_WIDTH, 1)
    if limit:
        canvas.paste(Pillow.fromarray(np.round(coloured(values, limit)).astype(np.uint8)), (left, top))
    ends = {0: limit, height: -limit if signed else 0.0}
    for place, value in (ends | ({height // 2: 0.0} if signed else {})).items():
        draw.text((left + BAR_WIDTH + 5, top + place - FONT // 2), f"{value:.2g}", WHITE, font)


def _caption(about):
    asked = about["target"]
    if isinstance(asked, list):
        what = f"unit {asked[1]} of {asked[0]}"
    else:
        what = f"class {about['class']}, {about['score'].replace('_', '-')} {about['explained']:.3g}"
    zero = "; the map is zero everywhere" if about["map_is_zero"] else ""
    return f"{about['volume']['file']}: {about['method']} of {what}{zero}"


def _fitting(text, draw, font, width):
    while draw.textlength(text, font) > width and len(text) > 4:
        text = f"{text[:-4]}..."
    return text
