"""A split that came with a study: who trains, validates and tests, from files of ids, nobody in two of them."""

from voxplain.cohort.tables.id_files import read_ids
from voxplain.cohort.wording import nearest, shown
from voxplain.errors import InputError, SettingsError

ROLES = ("train", "validation", "test")


def given_split(files, setting="folds.given"):
    """The role of every id, spelled as in its file; ``files`` gives each role its path, or None where there is none.

    Two spellings of one subject, ``011_S_0003`` and ``sub-011S0003``, are one. Raises InputError for an id that two
    files name, and for files that read_ids refuses; SettingsError for a role that is not known.
    """
    roles, first = {}, {}
    for role, path in files.items():
        if role not in ROLES:
            raise SettingsError(f'{setting}: unknown role "{shown(role)}"; did you mean "{nearest(role, ROLES, 1)}"')
        if not path:
            continue
        ids = [one for one, _ in read_ids(path, f"{setting}.{role}")]
        for other, there in first.items():
            if shared := [one for one in ids if _subject(one) in there]:
                rest = f" and {len(shared) - 3} more" if len(shared) > 3 else ""
                both = f"{shown(files[other], 500)} ({other}) and {shown(path, 500)} ({role})"
                told = ", ".join(shown(one, 40) for one in shared[:3]) + rest
                raise InputError(f"{told}: in both {both}; leave each id in one file")
        first[role] = {_subject(one) for one in ids}
        roles |= dict.fromkeys(ids, role)
    return roles


def _subject(text):
    return "".join(filter(str.isalnum, text.lower().removeprefix("sub-"))) or text
