"""The guard at the folds: nobody, and nobody of the same group, is in two roles of a split."""

from voxplain.cohort.wording import shown
from voxplain.errors import InputError

SHOWN = 5


def refuse_leaks(table, what):
    """Raise InputError, with the names of the subjects, where ``table`` divides a subject or a group in a split.

    ``table`` has the columns subject, group, split and role; ``what`` is what it is called in the message.
    """
    for divided in ("subject", "group"):
        roles = table[["split", divided, "role"]].drop_duplicates()
        twice = roles[roles.duplicated(["split", divided])]
        if len(twice):
            split, name = twice.iloc[0][["split", divided]]
            inside = table[(table["split"] == split) & (table[divided] == name)]
            by_role = inside.groupby("role", sort=False)["subject"].unique()
            told = ", ".join(f"{_named(subjects)} in {role}" for role, subjects in by_role.items())
            why = "" if divided == "subject" else f" of the group {shown(name, 60)}, which is never divided"
            more = len(twice.drop_duplicates(["split", divided])) - 1
            rest = f" (and {more} more)" if more else ""
            raise InputError(f"{what}: split {split} has {told}{why}{rest}; deal them anew, together")


def _named(subjects):
    rest = f" and {len(subjects) - SHOWN} more" if len(subjects) > SHOWN else ""
    return ", ".join(shown(one, 60) for one in subjects[:SHOWN]) + rest
