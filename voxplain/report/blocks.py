"""What a section of the report is made of: plain values that a template can lay out and a test can read."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Picture:
    """An image: ``source`` is a data URI, or a file below the report; ``width`` and ``height`` are CSS pixels.

    Whoever writes the page stores data URIs of more than a few kilobytes as files, which are loaded when they are
    scrolled to.
    """

    source: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Text:
    """One paragraph; ``tone`` is ``plain``, ``note`` (set apart) or ``missing`` (something was not there to show)."""

    text: str
    tone: str = "plain"
    kind: str = "text"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Figure:
    """A picture with its caption."""

    picture: Picture
    caption: str = ""
    kind: str = "figure"


@dataclass(frozen=True)
class Table:
    """Rows of values under a caption; columns named in ``numeric`` are set to the right.

    links: for each row the file below the report that its first value leads to, or None. filters: columns whose values
    rows are chosen by; None: those of the usual ones that the table has (class, fold, site, ...).
    """

    caption: str
    columns: list[str]
    rows: list[list]
    numeric: frozenset[str] = frozenset()
    links: list[str | None] | None = None
    filters: tuple[str, ...] | None = None
    kind: str = "table"


@dataclass(frozen=True)
class Tile:
    """One scan of a gallery: its picture, or none, and what is known of it; excluded, or marked as unusual.

    link: the file below the report that its name leads to. tags: what tiles are chosen by, such as ``{"class": "F"}``;
    measures: numbers that tiles are sorted by; rated: whether it can be rated, where the page has `ratings.Ratings`.
    """

    name: str
    picture: Picture | None
    lines: list[str]
    excluded: bool = False
    marked: bool = False
    link: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    rated: bool = False


@dataclass(frozen=True)
class Gallery:
    """Small pictures side by side; ``large`` ones, two in a row."""

    label: str
    tiles: list[Tile]
    large: bool = False
    kind: str = "gallery"


@dataclass(frozen=True)
class Links:
    """A list of links: texts and the files below the report, or anchors, that they lead to."""

    label: str
    items: list[tuple[str, str]]
    kind: str = "links"


@dataclass(frozen=True)
class Fold:
    """Blocks that open when asked for."""

    title: str
    blocks: list
    kind: str = "fold"


@dataclass(frozen=True)
class Code:
    """Text as it stands in a file."""

    label: str
    text: str
    kind: str = "code"


@dataclass(frozen=True)
class Volume:
    """A volume that a viewer shows: ``path`` of its script below the report, as `viewer.volumes.write_volume` left it.

    title: what it is called; kind: ``anatomy``, ``map`` or ``labels``; limit: end of its colours; signed: whether it
    has values below zero; names: of regions, by label; group: heading under which it is chosen; size: in bytes.
    """

    path: str
    title: str
    kind: str
    limit: float
    signed: bool = False
    names: dict[int, str] = field(default_factory=dict)
    group: str = ""
    size: int = 0


@dataclass(frozen=True)
class Viewer:
    """Slices and a rendering of ``background`` with ``maps`` over it, each on a canvas of its own, up to eight at once.

    linked: all of ``maps`` stand side by side from the start, else the first alone; cross-hairs and angles go together.
    atlases: volumes of labels, whose regions are told by name at the cross-hair. radiological: the right side of the
    head lies on the left. start: opens with the page; else nothing is loaded before a reader asks for it. Its page has
    `viewer.placing.SCRIPTS` among its scripts, in a report for whose folder `viewer.placing.place_viewer` was called.
    """

    label: str
    background: Volume
    maps: list[Volume]
    linked: bool = True
    atlases: list[Volume] = field(default_factory=list)
    radiological: bool = False
    start: bool = False
    kind: str = "viewer"

    @property
    def groups(self):
        """Maps with their numbers by the heading under which they are chosen, in order."""
        found = {}
        for number, volume in enumerate(self.maps):
            found.setdefault(volume.group, []).append((number, volume))
        return found

    @property
    def data(self):
        """What the viewer's script is told."""
        return asdict(self)


@dataclass(frozen=True)
class Section:
    """A section: its picture (a Figure, or a plot), the two sentences on how to read it, and what follows.

    scripts: files in ``assets/`` that a page with this section runs besides the frame's.
    """

    key: str
    title: str
    reading: tuple[str, str]
    picture: Figure | None
    blocks: list = field(default_factory=list)
    scripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page of the report: ``path`` below its folder, a title and sections.

    scripts: files in ``assets/`` that this page runs besides the frame's, in this order. under: the path of the page
    that the navigation marks instead, for a page that is not in it. before, after: a text and a path, of the pages that
    one turns to.
    """

    path: str
    title: str
    sections: list[Section]
    scripts: tuple[str, ...] = ()
    under: str = ""
    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
