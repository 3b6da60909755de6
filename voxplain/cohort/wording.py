"""How names that come from other people's files are quoted in a message of one line."""

from difflib import get_close_matches


def shown(text, length=100):
    """``text`` on one line, without control characters, cut to ``length``."""
    text = "".join(letter if letter.isprintable() else "?" for letter in " ".join(str(text).split()))
    return text if len(text) <= length else text[: length - 3] + "..."


def counted(count, what):
    """``1 row``, ``2 rows``."""
    return f"{count} {what}{'s' * (count != 1)}"


def nearest(name, names, count=3):
    """Up to ``count`` of ``names`` that resemble ``name`` in any case, else the first ones, joined by commas."""
    cases = {}
    for one in names:
        cases.setdefault(str(one).lower(), one)
    near = get_close_matches(str(name).lower(), list(cases), n=count, cutoff=0.5) or list(cases)[:count]
    return ", ".join(shown(cases[one]) for one in near)
