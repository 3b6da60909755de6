"""What lies in an archive or a folder, and which of it a name means: spelt so, in other case, or a folder deeper."""

import posixpath
import re
import unicodedata
from dataclasses import dataclass

from voxplain.cohort.wording import nearest, shown

MOST_COMPARED = 5000
EXACT, OTHER_CASE, DEEPER, ABSENT = range(4)


@dataclass(frozen=True)
class Member:
    """A file in a container: the zip inside it that holds it (or ``""``), its name, bytes unpacked, CRC-32 or None."""

    inside: str
    name: str
    size: int
    crc: int | None

    def __str__(self):
        return f"{shown(self.inside)}: {shown(self.name)}" if self.inside else shown(self.name)


class Listing:
    """Things by their relative names, for finding those that a name means. ``named`` holds pairs (name, thing)."""

    def __init__(self, named):
        self.exact, self.folded, self.last = {}, {}, {}
        for name, thing in named:
            whole = folded(name)
            self.exact.setdefault(name, []).append(thing)
            self.folded.setdefault(whole, []).append(thing)
            self.last.setdefault(posixpath.basename(whole), []).append((whole, thing))

    def meant(self, name):
        """How closely anything is called ``name`` (EXACT, OTHER_CASE, DEEPER or ABSENT), and all that is so closely.

        DEEPER is a path that ends in ``/`` and the whole of ``name``: another subject's folder is never it.
        """
        whole = folded(name)
        below = self.last.get(posixpath.basename(whole), ())
        deeper = [thing for path, thing in below if path.endswith(f"/{whole}")]
        for closeness, things in enumerate((self.exact.get(name), self.folded.get(whole), deeper)):
            if things:
                return closeness, things
        return ABSENT, []


def posix(name):
    """``name`` with ``/`` between its parts, as some writers of zip files on Windows do not have it."""
    return name.replace("\\", "/")


def folded(name):
    """``name`` without regard to case, kind of slash, and how an accent is encoded."""
    name = posix(name)
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def leads_out(name):
    """Whether ``name`` could mean a place outside of the folder it is unpacked in: absolute, with a drive or ``..``."""
    name = posix(name)
    return name.startswith("/") or re.match("[A-Za-z]:", name) is not None or ".." in name.split("/")


def led_back(name):
    """The path below ``/`` at which a name that leads out would end, for saying that it is the one asked for."""
    return posixpath.normpath("/" + re.sub("^[A-Za-z]:", "", posix(name)).lstrip("/"))


def differing(name, members):
    """The words of a fault: several ``members`` that differ could be ``name``."""
    if len({member.name for member in members}) > 1:
        return f"several files could be {shown(name)}: {', '.join(map(str, members[:3]))}; keep one of them"
    places = list(dict.fromkeys(shown(member.inside) for member in members))
    if len(places) > 1:
        return f"different files called {shown(members[0].name)} in {', '.join(places[:3])}; keep one of them"
    return f"{len(members)} different files called {members[0]}; zip it again with one of them"


def absent(name, names):
    """The words of a fault: ``name`` is not among ``names``."""
    count = f"{len(names)} member{'s' * (len(names) > 1)}"
    # Thousands of names are compared in a second, and more would not say more.
    held = f"nearest of its {count}: {nearest(name, names[:MOST_COMPARED])}" if names else "it holds nothing"
    return f"no {shown(name)} inside; {held}; set cohort.members"
