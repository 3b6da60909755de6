"""What a text cites: in brackets where it stands, as a list behind it, and as BibTeX."""

from functools import cache
from pathlib import Path

import yaml

HOLDERS = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}


class Citations:
    """Called with keys of ``references.yaml``, what stands in a text, ``(Bach et al., 2015)``; keys are kept."""

    def __init__(self):
        self.keys = {}

    def __call__(self, *keys):
        self.keys |= dict.fromkeys(keys)
        told = [f"{_short(key)}, {references()[key]['year']}" for key in keys]
        return f"({'; '.join(told)})"

    def listed(self):
        """Every reference that was cited, in the order of the alphabet."""
        return [in_full(key) for key in self._ordered()]

    def bibtex(self):
        """The same as the text of a BibTeX file."""
        return "\n".join(as_bibtex(key) for key in self._ordered())

    def _ordered(self):
        return sorted(self.keys, key=lambda key: (_short(key).lower(), references()[key]["year"], key))


@cache
def references():
    """Every reference by its key."""
    return yaml.safe_load(Path(__file__).with_name("references.yaml").read_text(encoding="utf-8"))


def in_full(key):
    """A reference as it stands in a list."""
    one = references()[key]
    authors = ", ".join(one["authors"]).replace(", others", ", et al.").rstrip(".")
    held = " ".join(str(one[part]) for part in ("in", "volume") if part in one)
    held = f"{held}, {one['pages']}" if "pages" in one else held
    parts = [f"{authors}. {one['title']}", held, one.get("note"), str(one["year"])]
    found = f"doi {one['doi']}" if "doi" in one else f"arXiv {one['arxiv']}" if "arxiv" in one else ""
    return ". ".join(part for part in [*parts, found] if part) + "."


def as_bibtex(key):
    """A reference as an entry of BibTeX."""
    one = references()[key]
    fields = {
        "author": " and ".join(_surname_first(name) for name in one["authors"]),
        "title": "{" + one["title"] + "}",
    }
    if "in" in one:
        fields[HOLDERS[one["kind"]]] = one["in"]
    fields |= {name: str(one[name]).replace("-", "--") for name in ("pages",) if name in one}
    fields |= {name: str(one[name]) for name in ("volume", "year", "doi", "note") if name in one}
    if "arxiv" in one:
        fields |= {"eprint": one["arxiv"], "archiveprefix": "arXiv"}
    body = "".join(f"  {name} = {{{_escaped(value)}}},\n" for name, value in fields.items())
    return f"@{one['kind']}{{{key},\n{body}}}\n"


def _short(key):
    surnames = [name.rsplit(" ", 1)[0] for name in references()[key]["authors"]]
    if len(surnames) == 2:
        return " and ".join(surnames)
    return surnames[0] if len(surnames) == 1 else f"{surnames[0]} et al."


def _surname_first(name):
    """``Van Essen DC`` as ``Van Essen, D. C.``; a name without initials as it is."""
    surname, _, initials = name.rpartition(" ")
    if not surname:
        return name
    first = " ".join(f"{letter}." for letter in initials.replace("-", ""))
    return f"{surname}, {first}"


def _escaped(text):
    return text.replace("&", r"\&").replace("%", r"\%").replace("_", r"\_")
