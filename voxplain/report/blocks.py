"""What a section of the report is made of: plain values that a template can lay out and a test can read."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Picture:
    """An image that carries itself: ``source`` is a data URI, ``width`` and ``height`` are CSS pixels."""

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
    """Rows of values under a caption; columns named in ``numeric`` are set to the right."""

    caption: str
    columns: list[str]
    rows: list[list]
    numeric: frozenset[str] = frozenset()
    kind: str = "table"


@dataclass(frozen=True)
class Tile:
    """One scan of a gallery: its picture, or none, and what is known of it; excluded, or marked as unusual."""

    name: str
    picture: Picture | None
    lines: list[str]
    excluded: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Gallery:
    """Small pictures side by side."""

    label: str
    tiles: list[Tile]
    kind: str = "gallery"


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
class Section:
    """A section: its picture, the two sentences on how to read it, and what follows."""

    key: str
    title: str
    reading: tuple[str, str]
    picture: Figure | None
    blocks: list = field(default_factory=list)
