"""A date out of the ways in which HCP, ADNI, DICOM headers and spreadsheets write one, or None."""

import re
from datetime import date

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONG = ("january", "february", "march", "april", "may", "june", "july")
LONG += ("august", "september", "october", "november", "december")
TIME = r"(?:[T _]+[0-9]{1,2}[:_][0-9]{2}.*)?"
YEAR_FIRST = re.compile(rf"([0-9]{{4}})(?P<mark>[-/.])([0-9]{{1,2}})(?P=mark)([0-9]{{1,2}}){TIME}")
PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
YEAR_LAST = re.compile(rf"([0-9]{{1,2}})(?P<mark>[-/.])([0-9]{{1,2}})(?P=mark)([0-9]{{4}}|[0-9]{{2}}){TIME}")
NAMED = re.compile(rf"([0-9]{{1,2}})[- ]?([A-Za-z]{{3,9}})\.?[- ]?([0-9]{{4}}|[0-9]{{2}}){TIME}")


def parse_date(text, day_first=False):
    """The date that ``text`` is, without its time; None for no date, an impossible one or a year before 1900.

    ``2005-09-01``, ``2005-09-01_00_00_00.0``, ``20050901``, ``1-Sep-2005`` and ``1.9.2005`` can be read in one way. In
    ``9/1/2005`` and ``9/1/05`` the month comes first, as ADNI writes them, unless ``day_first``; a date that fits only
    the other order is None and not turned round. Years of two digits are 1969 to 2068.
    """
    text = str(text).strip()
    if found := YEAR_FIRST.fullmatch(text):
        return _date(found[1], found[3], found[4])
    if found := PACKED.fullmatch(text):
        return _date(*found.groups())
    if found := YEAR_LAST.fullmatch(text):
        first, second = found[1], found[3]
        day, month = (first, second) if day_first or found["mark"] == "." else (second, first)
        return _date(found[4], month, day)
    if found := NAMED.fullmatch(text):
        name = found[2].lower()
        names = MONTHS if name in MONTHS else LONG
        return _date(found[3], names.index(name) + 1, found[1]) if name in names else None
    return None


def _date(year, month, day):
    year, month, day = (int(part) for part in (year, month, day))
    if year < 100:
        year += 1900 if year > 68 else 2000
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None
