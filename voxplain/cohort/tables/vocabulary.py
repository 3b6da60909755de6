"""What ADNI's tables and image collections mean by a diagnosis, a visit and an id; what is not known is never guessed.

Seen in published tables: the diagnoses ``CN``, ``MCI``, ``Dementia``, ``AD``, ``EMCI``, ``LMCI``, ``Normal`` and the
visits ``Screening``, ``Month 12``, ``Month 24``. Every other spelling here is known from documentation alone: the visit
codes of ADNI1, GO, 2, 3 and 4, the visits as the image archive words them, and the changes of diagnosis in words.
Codes by number (``DXCURREN`` 2, ``DXCHANGE`` 5) are not diagnoses: what they mean depends on their column.
"""

import re
from typing import NamedTuple

DIAGNOSES = {
    "CN": ("CN", "NL", "NC", "Normal", "Normal Control", "Cognitively Normal", "CU", "Cognitively Unimpaired"),
    "SMC": ("SMC", "Significant Memory Concern", "Subjective Memory Concern", "Subjective Memory Complaints"),
    "EMCI": ("EMCI", "Early MCI", "Early Mild Cognitive Impairment"),
    "MCI": ("MCI", "Mild Cognitive Impairment"),
    "LMCI": ("LMCI", "Late MCI", "Late Mild Cognitive Impairment"),
    "AD": ("AD", "Dementia", "Alzheimer's Disease", "Alzheimer Disease"),
}
STAGES = {"CN": 0, "SMC": 1, "EMCI": 2, "MCI": 2, "LMCI": 2, "AD": 3}
CHANGE = re.compile(r"(?:(stable|conversion|reversion)\s*:)?\s*(.+?)(?:\s+to\s+(.+))?", re.IGNORECASE)
PTID = re.compile(r"[0-9]{3}_S_[0-9]{4,5}", re.IGNORECASE)
SITE = re.compile(r"(?:sub-)?(?:ADNI)?([0-9]{3})_?S_?[0-9]{4,5}", re.IGNORECASE)

NEW = "(?P<new>newpts?)?"
CONTINUING = "(?:cont(?:inuing)?pts?)?"
FIRST_PHASES = "(?:adni(?:1|go|1go)?)?"
SCREENING = re.compile(f"(?:adni(?:1go|go|[1-4])?)?screening(?P<mri>mri)?{NEW}|4?sc(?P<code>mri)?|v0(?P<adni2>[12])")
BASELINE = re.compile(f"(?:adni(?:1go|go|[1-4])?)?baseline{NEW}|4?bl|v03|{FIRST_PHASES}month0+|m0+")
MONTH = re.compile(f"(?:{FIRST_PHASES}month|m)(?P<months>[0-9]{{1,3}})(?:mri)?")
PHASE_MONTH = re.compile(f"(?:adni(?P<phase>[234])month|(?P<code>4)m)(?P<months>[0-9]{{1,3}})(?:mri)?{NEW}{CONTINUING}")
PHASE_YEAR = re.compile(f"adni(?P<phase>[234])year(?P<year>[1-9])(?:visit)?{CONTINUING}|y(?P<adni3>[1-9])")
INITIAL = re.compile(f"adni(?P<phase>[234])initialvisit{CONTINUING}|(?P<code>4)?init")
ADNI2_CODES = {"v04": "m03", "v05": "m06", "v06": "adni2initialvisit"} | {
    f"v{year}1": f"adni2year{year}" for year in range(1, 6)
}
UNDATED = {
    "f": "f",
    "screenfail": "f",
    "nv": "nv",
    "novisitdefined": "nv",
    "adni2novisitdefined": "nv",
    "uns1": "uns1",
    "unscheduled": "uns1",
    "tau": "tau",
    "adni2tauonlyvisit": "tau",
}


class Visit(NamedTuple):
    """A visit: its name in file names, months since the participant's baseline or None, whether it is the first.

    ``months`` is 0 at screening too, and None where the wording counts from a phase of the study that a participant may
    have joined years after the baseline (``ADNI2 Year 1 Visit``). ``baseline`` is true of the screening and baseline
    visits of new participants, not of the initial visits of continuing ones.
    """

    token: str
    months: int | None
    baseline: bool


def diagnosis(text):
    """``CN``, ``SMC``, ``EMCI``, ``MCI``, ``LMCI`` or ``AD``, the state after a change; None for anything else.

    ``Conversion: MCI to Dementia`` and ``MCI to Dementia`` are ``AD``; a change whose word and states contradict each
    other (``Stable: NL to MCI``) is None.
    """
    parts = CHANGE.fullmatch(str(text).strip())
    if parts is None:
        return None
    word, before, after = parts.groups()
    states = [KNOWN.get(_letters(state)) for state in (before, after) if state is not None]
    if None in states:
        return None
    change = STAGES[states[-1]] - STAGES[states[0]]
    fits = {"stable": change == 0, "conversion": change > 0, "reversion": change < 0}
    return states[-1] if word is None or fits[word.lower()] else None


def visit(text):
    """The Visit that a code (``m06``, ``v11``, ``4_init``) or its wording (``ADNI2 Year 1 Visit``) means, or None.

    Code and wording of one visit have one token: ``v11`` and ``ADNI2 Year 1 Visit`` are both ``adni2y1``.
    """
    letters = _letters(text)
    letters = ADNI2_CODES.get(letters, letters)
    if found := SCREENING.fullmatch(letters):
        mri = found["mri"] or found["code"] or found["adni2"] == "2"
        return Visit("scmri" if mri else "sc", 0, True)
    if BASELINE.fullmatch(letters):
        return Visit("bl", 0, True)
    if found := MONTH.fullmatch(letters):
        return Visit(f"m{int(found['months']):02}", int(found["months"]), False)
    if found := PHASE_MONTH.fullmatch(letters):
        months = int(found["months"])
        if found["new"]:
            return Visit(f"m{months:02}", months, False)
        return Visit(f"adni{found['phase'] or found['code']}m{months:02}", None, False)
    if found := PHASE_YEAR.fullmatch(letters):
        return Visit(f"adni{found['phase'] or 3}y{found['year'] or found['adni3']}", None, False)
    if found := INITIAL.fullmatch(letters):
        return Visit(f"adni{found['phase'] or found['code'] or 3}init", None, False)
    return Visit(UNDATED[letters], None, False) if letters in UNDATED else None


def is_ptid(text):
    """Whether ``text`` is an id as ADNI writes them, ``011_S_0003``."""
    return PTID.fullmatch(str(text)) is not None


def site(subject_id):
    """The site in an ADNI id or in a name made from one (``sub-011S0003``), three digits; ``""`` for other ids."""
    found = SITE.fullmatch(str(subject_id).strip())
    return found[1] if found else ""


def _letters(text):
    return re.sub("[\\s_/.'’-]", "", str(text).lower())


KNOWN = {_letters(spelling): name for name, spellings in DIAGNOSES.items() for spelling in spellings}
