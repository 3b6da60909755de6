"""A written report as its reader has it: every page's text, and what its pages lead to."""

import re
from pathlib import Path


def pages(folder):
    """Text of every page of the report in ``folder`` by its path below it."""
    folder = Path(folder)
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.html"))}


def all_text(folder):
    """All pages as one text."""
    return "\n".join(pages(folder).values())


def section_text(text, key):
    """The HTML of the section ``key`` in a page, or in several."""
    return text.split(f'<section id="{key}"')[1].split("</section>")[0]


def references(text):
    """What a page's tags lead to or load, anchors and data aside."""
    found = re.findall(r'(?:src|href)="([^"]*)"', text)
    return [one for one in found if not one.startswith(("data:", "#"))]
