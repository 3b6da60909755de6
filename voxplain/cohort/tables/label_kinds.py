"""The four ways in which a cell of a table can be a label: a text, a range, thresholds, or the number itself.

Each says by ``names`` what its classes are called, by ``of`` which class or number a cell is, or None, and by
``why_not`` what is wrong with a cell that is none. They raise SettingsError, with ``setting`` as the place, where the
class of a cell would be left open.
"""

from bisect import bisect_right
from difflib import get_close_matches
from itertools import pairwise

from voxplain.cohort.tables.ranges import checked_ranges, number, spelled
from voxplain.cohort.tables.vocabulary import DIAGNOSES, diagnosis
from voxplain.cohort.wording import shown
from voxplain.errors import SettingsError


class Classes:
    """Each text is of a class; ``1.0`` is the text ``1``, as a table writes it when the column has empty cells."""

    def __init__(self, given, setting):
        self.texts = _numbered(given, setting)
        self.names = _names(self.texts)
        self.known = self._by_meaning(setting)

    def of(self, text):
        return self.texts.get(text, self.known.get(self._meaning(text)))

    def why_not(self, text):
        return f"none of this label's classes ({shown(', '.join(self.texts), 200)})"

    def _by_meaning(self, setting):
        known = {}
        for text, one in self.texts.items():
            meaning = self._meaning(text)
            if meaning is not None and known.setdefault(meaning, one) != one:
                raise SettingsError(f'{setting}: "{shown(text)}" means {meaning}, which has another class already')
        return known

    @staticmethod
    def _meaning(text):
        return number(text)


class Diagnoses(Classes):
    """Each text is of a class, and so is every other spelling of the same diagnosis."""

    def __init__(self, given, setting):
        super().__init__(given, setting)
        for text in self.texts:
            if diagnosis(text) is None:
                raise SettingsError(f'{setting}: class "{shown(text)}" is no diagnosis that is known{_meant(text)}')

    def why_not(self, text):
        return super().why_not(text) if diagnosis(text) else f"no diagnosis that is known{_meant(text)}"

    @staticmethod
    def _meaning(text):
        return diagnosis(text)


class Ranges:
    """Each range of numbers is of a class; a cell may be a number in it or the range's own text."""

    def __init__(self, given, setting):
        self.texts = _numbered(given, setting)
        self.names = _names(self.texts)
        self.ranges = checked_ranges(self.texts, setting)
        self.known = {spelled(text): one for text, one in self.texts.items()}

    def of(self, text):
        if (value := number(text)) is None:
            return self.known.get(spelled(text))
        return next((self.texts[name] for name, one in self.ranges.items() if one.holds(value)), None)

    def why_not(self, text):
        what = "no number and none" if number(text) is None else "in none"
        return f"{what} of this label's ranges ({shown(', '.join(self.texts), 200)})"


class Thresholds:
    """A number's class is how many of the thresholds it reaches."""

    def __init__(self, given, setting):
        texts = [str(one) for one in given] if isinstance(given, list | tuple) else []
        self.limits = [number(text) for text in texts]
        if not texts or None in self.limits or any(one >= other for one, other in pairwise(self.limits)):
            raise SettingsError(f"{setting}: thresholds are a list of numbers, each above the one before it")
        self.names = [f"<{texts[0]}", *(f">={low}, <{high}" for low, high in pairwise(texts)), f">={texts[-1]}"]

    def of(self, text):
        value = number(text)
        return None if value is None else bisect_right(self.limits, value)

    def why_not(self, text):
        return "no number; decimals need a point" if "," in text else "no number"


class Regression:
    """The number itself is the label."""

    names = ()

    def __init__(self, given, setting):
        if given is not True:
            raise SettingsError(f"{setting}: regression is true, or left out")

    of = staticmethod(number)
    why_not = Thresholds.why_not


def _numbered(given, setting):
    """The class of each text, as a table would spell it; SettingsError unless they are 0, 1 and so on."""
    if not isinstance(given, dict):
        raise SettingsError(f"{setting}: give each text its class, as in {{CN: 0, AD: 1}}")
    for text, one in given.items():
        if isinstance(text, bool) or text is None:
            raise SettingsError(f"{setting}: YAML reads a name in it as {text}; put it in quotes")
        if isinstance(one, bool) or not isinstance(one, int):
            raise SettingsError(f"{setting}: the class of {shown(text)!r} is {shown(one)!r}, no whole number")
    held = sorted(set(given.values()))
    if len(held) < 2 or held != list(range(len(held))):
        told = ", ".join(map(str, held[:10])) or "none"
        raise SettingsError(
            f"{setting}: its classes are {told}; they must be 0, 1 and so on without a gap, at least two"
        )
    return {str(text).strip(): one for text, one in given.items()}


def _names(texts):
    together = [[text for text, one in texts.items() if one == wanted] for wanted in range(max(texts.values()) + 1)]
    return [", ".join(one) for one in together]


def _meant(text):
    spellings = {one.lower(): one for names in DIAGNOSES.values() for one in names}
    near = get_close_matches(str(text).lower(), spellings, n=1, cutoff=0.7)
    return f"; did you mean {spellings[near[0]]}" if near else ""
