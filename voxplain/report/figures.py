"""Drawings and photographs as pictures that carry themselves and follow the page into the dark."""

import base64
import io

import matplotlib
from matplotlib.figure import Figure as Canvas

from voxplain.report.blocks import Picture

# Okabe and Ito's colours, safe for the colour-blind, at a lightness that stands on white and on black
COLOURS = ["#2f86c9", "#d97a1e", "#1f9e77", "#b85a9b", "#8a7f1f", "#5f6bd0", "#c2483f"]
QUIET = "#8b939c"
INK = "#1b1f24"
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "voxplain",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": QUIET,
    "grid.alpha": 0.25,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
_FOLLOW = (
    "<style>svg{color:#1b1f24;font-family:system-ui,sans-serif}"
    "@media (prefers-color-scheme:dark){svg{color:#e4e7ea}}</style>"
)


def data_uri(content, kind):
    """``content`` (bytes) as a data URI of the media type ``kind``."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def style():
    """A context in which figures are drawn as the report's."""
    return matplotlib.rc_context(_STYLE)


def panels(rows, columns, width, height, **options):
    """A figure of ``width`` by ``height`` inches and its axes, an array (rows, columns)."""
    canvas = Canvas(figsize=(width, height), layout="constrained")
    canvas.get_layout_engine().set(hspace=0.06, wspace=0.04)
    return canvas, canvas.subplots(rows, columns, squeeze=False, **options)


def drawing(canvas, alt):
    """The figure as a vector picture whose ink is the reader's: dark on light, light on dark."""
    written = io.StringIO()
    canvas.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = written.getvalue()
    opening = text.index("<svg")
    content = text.index(">", opening) + 1
    text = text[opening:content] + _FOLLOW + text[content:].replace(INK, "currentColor")
    width, height = (round(96 * inches) for inches in canvas.get_size_inches())
    return Picture(data_uri(text.encode(), "image/svg+xml"), alt, width, height)


def photograph(canvas, alt, dpi=80):
    """The figure as pixels, for images; WebP, its own background."""
    written = io.BytesIO()
    canvas.savefig(
        written, format="webp", dpi=dpi, facecolor=canvas.get_facecolor(), pil_kwargs={"quality": 80, "method": 4}
    )
    width, height = (round(dpi * inches) for inches in canvas.get_size_inches())
    return Picture(data_uri(written.getvalue(), "image/webp"), alt, width, height)
