"""A written report as its reader has it: every page's text, and what its pages lead to."""

import re
from pathlib import Path


def pages(folder):
    """Text of every page of the report in ``folder`` by its path below it, but for nilearn's own of single maps."""
    folder = Path(folder)
    texts = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.html"))}
    return {path: text for path, text in texts.items() if "<title>Slice viewer</title>" not in text}


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
