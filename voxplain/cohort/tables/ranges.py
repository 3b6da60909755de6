"""Ranges of numbers as people write them, ``22-25``, ``36+`` or ``<22``, and the numbers that lie in them."""

import math
import re
from typing import NamedTuple

from voxplain.errors import SettingsError

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_ONE = r"[+-]?[0-9]+(?:\.[0-9]+)?"
SPAN = re.compile(rf"({_ONE})(?:-|to)({_ONE})")
OPEN = re.compile(rf"(<=|>=|<|>)({_ONE})|({_ONE})\+")


class Range(NamedTuple):
    """From ``low`` to ``high``, each of them inside unless ``above`` or ``below`` is true."""

    low: float
    high: float
    above: bool = False
    below: bool = False

    def holds(self, value):
        """Whether ``value`` lies in it."""
        from_below = self.low < value if self.above else self.low <= value
        return from_below and (value < self.high if self.below else value <= self.high)


def number(text):
    """The finite number that ``text`` is, or None; ``22,5``, ``nan`` and ``1_000`` are none."""
    value = float(text) if NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def spelled(text):
    """``text`` without spaces and with plain dashes, so that ``22 – 25`` meets ``22-25``."""
    return re.sub("[‐‑‒–—−]", "-", "".join(str(text).split())).lower()


def parse_range(text):
    """The Range that ``text`` says: both ends of ``22-25`` are in it; None for anything else.

    ``36+`` and ``>=36`` begin with 36, ``>36`` above it; ``<22`` ends below 22; a number alone is itself.
    """
    text = spelled(text)
    if found := SPAN.fullmatch(text):
        low, high = float(found[1]), float(found[2])
        return Range(low, high) if low <= high else None
    if found := OPEN.fullmatch(text):
        limit, sign = float(found[2] or found[3]), found[1] or ">="
        if sign.startswith("<"):
            return Range(-math.inf, limit, below=sign == "<")
        return Range(limit, math.inf, above=sign == ">")
    value = number(text)
    return None if value is None else Range(value, value)


def checked_ranges(texts, setting):
    """Each of ``texts`` with its Range; SettingsError for one that is none, and for two that share a number."""
    ranges = {text: parse_range(text) for text in texts}
    for text, one in ranges.items():
        if one is None:
            raise SettingsError(f'{setting}: "{text}" is no range; write 22-25, 36+ or <22')
    ordered = sorted(ranges, key=lambda text: (ranges[text].low, ranges[text].above))
    for first, second in zip(ordered, ordered[1:], strict=False):
        one, other = ranges[first], ranges[second]
        apart = other.low > one.high or (other.low == one.high and (one.below or other.above))
        if not apart:
            raise SettingsError(f'{setting}: "{first}" and "{second}" overlap; a number may lie in one range only')
    return ranges
