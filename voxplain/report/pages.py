"""A page of the report as HTML, and the files it shows: what comes from tables and settings is escaped."""

import base64
import hashlib
import json
import math
import re
import shutil
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from voxplain.runtime import written_whole

# Scripts of every page; theme.js stands before them, so that no page is white for a moment in the dark
SCRIPTS = ("listing.js", "tables.js", "galleries.js")
# A scheme stands beside 'self', which browsers read differently on a page from disk
OWN = "'self' file:"
POLICY = (
    f"default-src 'none'; img-src {OWN} data: blob:; style-src {OWN}; script-src {OWN}; font-src {OWN} data:; "
    "connect-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
# Larger pictures are files, which are loaded when they are scrolled to; a smaller one would cost more as a file
INLINE_BYTES = 3000
# Columns that rows are chosen by wherever a table has them
CHOSEN_BY = ("class", "correct", "fold", "split", "site", "stage", "seed", "experiment", "method", "input", "status")
SUFFIXES = {"image/webp": "webp", "image/svg+xml": "svg", "image/png": "png"}


class Pages:
    """Writes the pages of one report to ``folder``, with one navigation.

    listed: (path, title) of the pages in the navigation, in order. Pictures that carry themselves are stored in
    ``pictures/`` under a name made from their content, each once; ``assets/`` has the style and the scripts.
    """

    def __init__(self, folder, results, listed):
        self.folder, self.results, self.listed = Path(folder), results, listed

    def write_assets(self):
        """Copy the style and the scripts of all pages to ``assets/``."""
        shutil.copytree(Path(__file__).parent / "templates/assets", self.folder / "assets", dirs_exist_ok=True)

    def write(self, page):
        """Write one page and the pictures it shows; returns its path."""
        target = self.folder / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as path:
            path.write_text(page_html(self.results, page, self.listed, self.stored), encoding="utf-8")
        return target

    def stored(self, source):
        """Where a picture's ``source`` is: below the report, or the data URI itself where it is small."""
        if not source.startswith("data:") or len(source) < INLINE_BYTES:
            return source
        kind, content = source[len("data:") :].split(";base64,", 1)
        content = base64.b64decode(content)
        name = f"pictures/{hashlib.sha256(content).hexdigest()[:16]}.{SUFFIXES[kind]}"
        if not (self.folder / name).exists():
            (self.folder / "pictures").mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(content)
        return name


def page_html(results, page, listed=(), stored=lambda source: source):
    """The page as HTML.

    listed: (path, title) of the navigation; stored: from a picture's source to where the page finds it.
    """
    anchors = _anchors(page)
    root = "../" * page.path.count("/")

    def href(link):
        return quote(link, safe="#") if link.startswith("#") else root + quote(link, safe="/#")

    def shown(image):
        source = stored(image.source)
        return source if source.startswith("data:") else href(source)

    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            study=results.settings.get("study", ""),
            made=results.made,
            page=page,
            pages=listed,
            policy=POLICY,
            scripts=list(dict.fromkeys([*SCRIPTS, *page.scripts, *(one for s in page.sections for one in s.scripts)])),
            contents=_contents(page, anchors),
            anchor=lambda block: anchors.get(id(block), ""),
            href=href,
            shown=shown,
            filters=filters,
        )
    )


def filters(table):
    """Names of the columns by whose values the table's rows are chosen."""
    if table.filters is not None:
        return list(table.filters)
    return [column for column in table.columns if column.lower() in CHOSEN_BY]


def _anchors(page):
    """The anchor of every heading that is not folded away, by the heading's identity."""
    found, taken = {}, {section.key for section in page.sections}
    for section in page.sections:
        for block in _headings(section):
            anchor = f"{section.key}-{re.sub(r'[^a-z0-9]+', '-', block.text.lower()).strip('-')}"
            while anchor in taken:
                anchor += "-"
            taken.add(anchor)
            found[id(block)] = anchor
    return found


def _contents(page, anchors):
    """Anchor and text of every section, each with those of its headings; none of the only section."""
    headings = [[(anchors[id(block)], block.text) for block in _headings(section)] for section in page.sections]
    if len(page.sections) == 1:
        return [(anchor, text, []) for anchor, text in headings[0]]
    return [(section.key, section.title, own) for section, own in zip(page.sections, headings, strict=True)]


def _headings(section):
    return [block for block in section.blocks if block.kind == "heading"]


@cache
def _environment():
    environment = Environment(
        loader=PackageLoader("voxplain.report"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data"] = _data
    return environment


def _data(value):
    """``value`` as JSON for an attribute; numbers that are none are left out."""
    if isinstance(value, dict):
        value = {key: one for key, one in value.items() if not isinstance(one, float) or math.isfinite(one)}
    return json.dumps(value, default=str)
