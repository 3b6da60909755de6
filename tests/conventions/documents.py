"""The project's documents: their blocks of code, and what stands before each."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "config" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"(?:<!-- (run[^>]*) -->\n)?^( *)```(\w*)\n(.*?)^ *```$", re.M | re.S)
INLINE = re.compile(r"`((?:snakemake|make|python|pytest) [^`\n]+)`")


class Block(NamedTuple):
    """A block of code: its document from the project's folder, its number there, its language and text, its mark."""

    document: str
    number: int
    language: str
    text: str
    mark: str

    def __str__(self):
        return f"{self.document}:{self.number}"


def _blocks(path):
    name = str(path.relative_to(ROOT))
    for number, found in enumerate(BLOCK.finditer(path.read_text(encoding="utf-8")), start=1):
        mark, indent, language, text = found.groups()
        yield Block(name, number, language, re.sub(rf"^{indent}", "", text, flags=re.M), mark or "")


BLOCKS = [block for path in DOCUMENTS for block in _blocks(path)]


def blocks(language):
    """Every block of a language, in the order of the documents."""
    return [block for block in BLOCKS if block.language == language]


def commands():
    """``(document, command)`` for each line of a block of bash, and for what reads like one within a sentence."""
    for block in blocks("bash"):
        for line in re.sub(r"\\\n\s*", " ", block.text).splitlines():
            command = re.sub(r"(^|\s)#.*", "", line).strip()
            if command:
                yield str(block), command
    for path in DOCUMENTS:
        prose = BLOCK.sub("", path.read_text(encoding="utf-8"))
        for command in INLINE.findall(re.sub(r"(?<=\S)\n(?=\S)", " ", prose)):
            yield str(path.relative_to(ROOT)), command
