"""The folds of a label as later stages read them: who trains, who stops the training, and who is judged."""

from dataclasses import dataclass

import pandas as pd

from voxplain.cohort.leaks import refuse_leaks
from voxplain.errors import InputError

ROLES = ("train", "validation", "test")


@dataclass(frozen=True)
class Folds:
    """The folds of a label: a row for each scan with a role in a split; see voxplain.cohort.dealing.schemes."""

    table: pd.DataFrame

    @property
    def splits(self):
        """Names of the splits, in the order in which they were made."""
        return self.table["split"].unique().tolist()

    @property
    def groups(self):
        """What each scan's group, which is never divided, is called."""
        return dict(zip(self.table["scan"], self.table["group"], strict=True))

    def roles(self, split):
        """Scans of a split as three lists: train, validation and test. InputError for a split that is not there."""
        rows = self.table[self.table["split"] == split]
        if rows.empty:
            raise InputError(f'no split "{split}" in the folds; there are {", ".join(self.splits)}')
        return tuple(rows.loc[rows["role"] == role, "scan"].tolist() for role in ROLES)


def read_folds(path):
    """The Folds in a file of folds. InputError, with names, where a subject or a group is in two roles of a split."""
    table = pd.read_csv(path, sep="\t", dtype={"scan": str, "subject": str, "group": str})
    if "group" not in table:
        table = table.assign(group=table["subject"])
    refuse_leaks(table, str(path))
    return Folds(table)
