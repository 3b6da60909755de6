"""How the values of a map become colours: limits, what is left clear, a colour bar with its unit."""

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from voxplain.report.map_colours import colours_of
from voxplain.report.papers.sheet import MM, place
from voxplain.report.slices import CLEAR, colour_limit

# Letters of a colour bar's unit in a line
LINE = 30
# Millimetres of a sheet that the colour bar, its numbers and its unit take
BAR = 23


@dataclass(frozen=True)
class Look:
    """Colours of maps: ``limit`` ends the colour bar; with ``signed`` it begins at minus that, else at 0."""

    limit: float
    signed: bool

    @property
    def ends(self):
        """The values at the ends of the colour bar."""
        return (-self.limit if self.signed else 0.0), self.limit

    @property
    def threshold(self):
        """The absolute value below which a map is left clear."""
        return CLEAR * self.limit

    @property
    def colours(self):
        """The colour map."""
        return colours_of(self.signed)

    def painted(self, values):
        """Red, green, blue and opacity from 0 to 1 of ``values``: (..., 4), clear below the threshold."""
        shown = self.colours(Normalize(*self.ends)(values))
        shown[..., 3] = np.abs(values) >= self.threshold
        return shown


def look_of(maps, limit=None):
    """One look for several maps (arrays), so that their colours can be compared.

    limit: end of the colour bar, by default the largest 99.9th percentile of the absolute value.
    """
    maps = list(maps)
    found = float(limit) if limit is not None else colour_limit(maps)
    return Look(found, any(bool((values < 0).any()) for values in maps))


def colour_bar(canvas, look, unit):
    """Draw the colour bar of ``look`` upright in the last BAR millimetres of ``canvas``, its ``unit`` beside it."""
    width, height = (float(inches) * MM for inches in canvas.get_size_inches())
    axes = canvas.add_axes(place(canvas, width - BAR + 2.5, height * 0.15, 2.5, height * 0.7))
    ticks = [look.ends[0], 0, look.ends[1]] if look.signed else look.ends
    bar = canvas.colorbar(ScalarMappable(Normalize(*look.ends), look.colours), cax=axes, ticks=ticks)
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.outline.set_linewidth(0.4)
    bar.set_label("\n".join(wrap(unit, LINE)), fontsize=6)
