"""Where the links of the project's Markdown lead on the site, which holds more than the folder docs."""

import os
import re
from pathlib import Path

from voxplain.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
# A span of code first, so that nothing in it is taken for a link
LINK = re.compile(r"`[^`]*`|(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^ *```.*?^ *```)", re.M | re.S)
# Pages that lie elsewhere in the project, and their places on the site
MOVED = {"README.md": "index.md", "config/README.md": "settings/README.md", "CHANGELOG.md": "changes.md"}
MOVED |= {"THIRD_PARTY_NOTICES.md": "notices.md"}
PICTURES = (".svg", ".png", ".jpg")


def place_of(path):
    """Where the file ``path``, named from the project's folder, lies among the sources of the site."""
    if path in MOVED:
        return MOVED[path]
    if path.endswith(PICTURES):
        return path.removeprefix("docs/") if path.startswith("docs/") else f"pictures/{path.removeprefix('build/')}"
    if path.startswith("docs/") and path.endswith(".md"):
        return path.removeprefix("docs/")
    return f"files/{path}" if path.endswith(".md") else f"files/{path}.md"


def followed(path, text, pages, root=ROOT):
    """The Markdown ``text`` of ``path`` with links of the site in place of the project's, and the files that they need.

    ``pages`` are paths of pages that are made and lie nowhere. A picture that has not been drawn is replaced by its
    words. Raises InputError for a link to nothing.
    """
    needed = set()

    def link(found):
        mark, words, target = found.groups()
        if target is None or re.match(r"\w+:|#", target):
            return found[0]
        file, hash_, anchor = target.partition("#")
        wanted = os.path.normpath(os.path.join(os.path.dirname(path), file))
        if (root / wanted).is_dir():
            if not (root / wanted / "README.md").exists():
                return words
            wanted = f"{wanted}/README.md"
        if wanted not in pages and not (root / wanted).exists():
            if mark and wanted.startswith("build/"):
                return f"*{' '.join(words.split())}* (not drawn here)"
            raise InputError(f"{path}: it links to {target}, where nothing is; correct the link")
        needed.add(wanted)
        place = os.path.relpath(place_of(wanted), os.path.dirname(place_of(path)) or ".")
        return f"{mark}[{words}]({place}{hash_}{anchor})"

    parts = FENCE.split(text)
    return "".join(part if number % 2 else LINK.sub(link, part) for number, part in enumerate(parts)), needed
