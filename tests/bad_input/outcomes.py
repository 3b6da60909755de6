"""What becomes of the damaged subject, or of the whole study, and what the user reads about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Used:
    """A scan that is used; ``notes`` is what the ledger says was mended, ``spelled`` its subject's id in the ledger."""

    notes: str = ""
    spelled: str = ""
    stage = reason = ""


@dataclass(frozen=True)
class Left:
    """A scan left out at a stage, and the reason in the ledger, to the letter."""

    stage: str
    reason: str
    notes = spelled = ""


@dataclass(frozen=True)
class Said:
    """A line of the log on a table that was read all the same."""

    line: str


@dataclass(frozen=True)
class Stops:
    """The exception that ends the study before any work, and its line, to the letter."""

    kind: type
    line: str
