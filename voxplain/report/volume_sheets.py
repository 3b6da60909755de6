"""Volumes side by side on three slices each: as they are, in grey, or what two of them differ by, in two hues."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure as Canvas

from voxplain.report.figures import photograph
from voxplain.report.thumbnails import slices

CELL = 2.0  # inches of three slices beside each other
LARGEST = 99.5  # percentile of absolute values at which colours end


@dataclass(frozen=True)
class Shown:
    """A volume (x, y, z), RAS, under a title; a ``difference`` of two has colours symmetric about 0."""

    title: str
    volume: np.ndarray
    difference: bool = False


def volume_sheet(rows, place, alt, radiological=False):
    """Rows of `Shown` volumes, ``{name: [Shown or None]}``, cut through the voxel ``place``, as one picture.

    All volumes end at one level of grey and all differences at one value, so that they can be compared. Also returned
    is that value of the differences. radiological: as for `slices`.
    """
    cells = [one for row in rows.values() for one in row if one is not None]
    grey, apart = (_limit(one.volume for one in cells if one.difference == kind) for kind in (False, True))
    looks = {"cmap": "gray", "vmin": 0, "vmax": grey}, {"cmap": "RdBu_r", "vmin": -apart, "vmax": apart}
    across, high = _beside(slices(cells[0].volume, place, radiological)).shape[::-1]
    wide = max(map(len, rows.values()))
    height = (CELL * high / across + 0.27) * len(rows)
    canvas = Canvas(figsize=(CELL * wide + 0.25, height), facecolor="black")
    axes = canvas.subplots(len(rows), wide, squeeze=False)
    canvas.subplots_adjust(0.25 / canvas.get_figwidth(), 0.01, 0.995, 1 - 0.24 / height, 0.03, 0.24)
    for axis in axes.flat:
        axis.set_axis_off()
    for line, (name, row) in zip(axes, rows.items(), strict=True):
        where = {"rotation": 90, "ha": "right", "va": "center", "transform": line[0].transAxes}
        line[0].text(-0.03, 0.5, name, color="white", fontsize=8, **where)
        for axis, one in zip(line, row, strict=False):
            if one is not None:
                planes = _beside(slices(one.volume, place, radiological))
                axis.imshow(planes, interpolation="nearest", **looks[one.difference])
                axis.set_title(one.title, color="white", fontsize=8, pad=3)
    return photograph(canvas, alt, dpi=100), apart


def _limit(volumes):
    return float(max((np.percentile(np.abs(one), LARGEST) for one in volumes), default=0.0)) or 1.0


def _beside(planes):
    rows = max(len(plane) for plane in planes)
    return np.concatenate([np.pad(one, ((rows - len(one), 0), (0, 1))) for one in planes], axis=1)
