"""Which network may judge which scan of a test cohort: none that trained on its subject, or stopped by it."""

import json
from collections import Counter
from pathlib import Path

import pandas as pd

from voxplain.cohort.dealing.groups import grouped
from voxplain.cohort.wording import counted
from voxplain.errors import InputError

COLUMNS = ["scan", "subject", "group", "label", "split", "role"]
SEEN = ("train", "validation")


def unseen_folds(folds, scans, known=(), columns=()):
    """``folds`` with the scans of a test cohort in the place of those that the study's own splits hold out.

    ``folds`` is the table of a label's folds; ``scans`` are mappings with scan, subject, label and a cell for each of
    ``columns``, by which groups are never divided; ``known`` the same of the study's scans, as far as they are known.
    A scan has the role test in every split that neither trains on its group nor stops by it; the group of a patient of
    both cohorts is the same, and so is that of relatives. Scans that no network may judge have no row.
    Raises InputError where that is so of all of them.
    """
    own = folds.drop_duplicates("subject")
    empty = dict.fromkeys(columns, "")
    people = [empty | {"subject": subject} for subject in own["subject"]]
    rows = [*people, *known, *scans]
    groups = dict(zip((row["subject"] for row in rows), grouped(rows, columns), strict=True))
    parts = []
    for split, dealt in folds.groupby("split", sort=False):
        fitted = dealt[dealt["role"].isin(SEEN)]
        seen = {groups[subject] for subject in fitted["subject"]}
        judged = [row for row in scans if groups[row["subject"]] not in seen]
        told = {"split": split, "role": "test"}
        test = [
            {key: row[key] for key in ("scan", "subject", "label")} | {"group": groups[row["subject"]]} | told
            for row in judged
        ]
        parts += [fitted[COLUMNS], pd.DataFrame(test, columns=COLUMNS)]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    if not (table["role"] == "test").any():
        raise InputError(
            f"every network has seen the people of {counted(len(scans), 'scan')}; "
            "a patient of both cohorts is judged only by networks whose split holds the patient out"
        )
    return table


def judges(folds):
    """How many splits judge each scan of a test cohort, by name."""
    return Counter(folds.loc[folds["role"] == "test", "scan"])


def accepted_rows(planned, statuses):
    """Those of the ``planned`` scans, one mapping each, that are judged and that every one of the status files accepts.

    Raises InputError, with the commonest reason, where none is left.
    """
    read = [json.loads(Path(status).read_text()) for status in statuses]
    refused = {status["scan"]: status["reason"] for status in read if not status["accepted"]}
    left = [row for row in planned if row["scan"] not in refused and row["judge"]]
    if not left:
        reason = Counter(refused.values()).most_common(1)[0][0] if refused else "its visit is not judged"
        raise InputError(f"no scan of this test cohort can be judged; the commonest reason: {reason}")
    return left
