"""Plots that click: a mark is a scan and leads to its page. Places are worked out here; templates draw them."""

from dataclasses import dataclass, field
from functools import cached_property

from matplotlib.ticker import MaxNLocator

# Deviations are drawn up to this many MADs from the median; what lies farther stands at the edge
EDGE = 8.0


@dataclass(frozen=True)
class Dot:
    """A scan at (x, y); ``title`` says its numbers, ``tags`` are what dots are chosen by.

    look: ``plain``, ``marked`` or ``crossed``; the last two stand out, and the keyboard reaches them.
    """

    x: float
    y: float
    title: str
    link: str | None = None
    look: str = "plain"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dots:
    """Scans as dots over two axes, in ``width`` by ``height`` CSS pixels.

    ``x_ticks`` are (value, text), whole axes where they are None; ``lines`` (y, text) lie across; ``ends`` are values
    that the left axis holds in any case. ``looks`` says in words what the marked and the crossed ones are.
    """

    label: str
    x_label: str
    y_label: str
    dots: list[Dot]
    x_ticks: list[tuple[float, str]] | None = None
    lines: list[tuple[float, str]] = field(default_factory=list)
    ends: tuple[float, ...] = ()
    looks: dict[str, str] = field(default_factory=dict)
    caption: str = ""
    width: int = 760
    height: int = 300
    kind: str = "dots"

    left, top, right, bottom = 64, 12, 12, 44

    @cached_property
    def placed(self):
        """(across, down, dot) of every dot in pixels, those that stand out last, so that none hides them."""
        order = sorted(self.dots, key=lambda dot: dot.look != "plain")
        return [(round(self._across(dot.x), 1), round(self._down(dot.y), 1), dot) for dot in order]

    @cached_property
    def columns(self):
        """(across, text) of the ticks of the lower axis."""
        if self.x_ticks is not None:
            return [(round(self._across(value), 1), text) for value, text in self.x_ticks]
        return [(round(self._across(value), 1), f"{value:g}") for value in _ticks(*self._wide, whole=True)]

    @cached_property
    def rows(self):
        """(down, text) of the ticks of the left axis."""
        return [(round(self._down(value), 1), f"{value:g}") for value in _ticks(*self._high)]

    @cached_property
    def across_lines(self):
        """(down, text) of ``lines``."""
        return [(round(self._down(value), 1), text) for value, text in self.lines]

    @cached_property
    def _wide(self):
        return _span([dot.x for dot in self.dots] + [value for value, _ in self.x_ticks or ()])

    @cached_property
    def _high(self):
        return _span([dot.y for dot in self.dots] + [value for value, _ in self.lines] + list(self.ends))

    def _across(self, value):
        low, high = self._wide
        return self.left + 10 + (value - low) / (high - low) * (self.width - self.left - self.right - 20)

    def _down(self, value):
        low, high = self._high
        base, room = self.height - self.bottom - 8, self.height - self.top - self.bottom - 16
        return base - (value - low) / (high - low) * room


@dataclass(frozen=True)
class Strip:
    """One measure of a cohort in MADs from its median: where nineteen of twenty scans lie, and scans as ``dots``.

    low, high: the ends of that band; value: what is said at the right.
    """

    name: str
    meaning: str
    low: float
    high: float
    dots: list[Dot]
    value: str = ""


@dataclass(frozen=True)
class Strips:
    """Measures as strips, one below the other, on one scale of MADs; ``limit`` is where scans are marked."""

    label: str
    strips: list[Strip]
    limit: float
    caption: str = ""
    kind: str = "strips"

    start, end, row, width = 210, 610, 22, 760

    @property
    def height(self):
        """Of the drawing, in CSS pixels."""
        return self.row * len(self.strips) + 40

    @property
    def ticks(self):
        """(across, text) of the lower axis."""
        return [(self.across(value), f"{value:g}") for value in (-EDGE, -self.limit, 0, self.limit, EDGE)]

    def across(self, mads):
        """Where a deviation lies, in pixels; what is beyond the edge stands at it."""
        share = (min(max(mads, -EDGE), EDGE) + EDGE) / (2 * EDGE)
        return round(self.start + share * (self.end - self.start), 1)


def _span(values):
    """Lowest and highest of ``values``; a little apart where they are one, 0 and 1 where there are none."""
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low, high, whole=False):
    return [value for value in MaxNLocator(5, integer=whole).tick_values(low, high) if low <= value <= high + 1e-9]
