"""A sheet of a fixed size that becomes a figure of a paper: SVG and PNG, the same bytes each time."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure as Canvas

from voxplain.report.figures import style
from voxplain.runtime import written_whole

# Millimetres of one column and of the page, as most journals have them
COLUMN, PAGE = 85, 180
DPI = 300
MM = 25.4
FORMATS = ("svg", "png")
# Letters are drawn as paths: a figure looks the same where the font is not installed
_SMALL = {
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 7,
    "axes.labelsize": 7,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "legend.fontsize": 6,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "lines.linewidth": 1,
}


@dataclass(frozen=True, eq=False)
class PaperFigure:
    """A drawn sheet, what it shows in words, and its size in millimetres."""

    canvas: Canvas
    caption: str

    @property
    def size(self):
        """Width and height in millimetres."""
        return tuple(round(float(inches) * MM, 1) for inches in self.canvas.get_size_inches())

    def save(self, stem):
        """Write ``stem`` with the ends .svg, .png (300 dpi) and .txt, the caption; return their paths.

        The bytes hold no clock time: the same figure is the same files.
        """
        stem = Path(stem)
        paths = [stem.with_name(f"{stem.name}.{end}") for end in (*FORMATS, "txt")]
        with paper_style():
            for path, end in zip(paths, FORMATS, strict=False):
                about = {"Date": None, "Creator": None} if end == "svg" else {"Software": None}
                with written_whole(path) as part:
                    self.canvas.savefig(part, format=end, dpi=DPI, facecolor="white", metadata=about)
        with written_whole(paths[-1]) as part:
            part.write_text(f"{self.caption}\n", encoding="utf-8")
        return paths


@contextmanager
def paper_style():
    """A context in which sheets are drawn and written: the report's look with small letters."""
    with style(), matplotlib.rc_context(_SMALL):
        yield


def sheet(width, height, **options):
    """An empty white sheet of ``width`` by ``height`` millimetres, to the nearest pixel at 300 dpi."""
    inches = [max(1, round(length / MM * DPI)) / DPI for length in (width, height)]
    return Canvas(figsize=inches, facecolor="white", **options)


def place(canvas, left, bottom, width, height):
    """Where a part of ``canvas`` lies, given in millimetres, as fractions of its width and height."""
    across, up = (float(inches) * MM for inches in canvas.get_size_inches())
    return left / across, bottom / up, width / across, height / up
