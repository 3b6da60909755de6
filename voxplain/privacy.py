"""Lines without the ids of people, where the setting ``privacy`` asks for that."""

import json
import re
from pathlib import Path

HIDDEN = "(hidden)"
# BIDS subjects, six digits as in HCP, and ADNI's patients: whoever they are.
SHAPES = re.compile(r"sub-[A-Za-z0-9]+|(?<![0-9A-Za-z.])[0-9]{6}(?![0-9])|[0-9]{3}_S_[0-9]{4}")
SUBJECT = re.compile(r"sub-([A-Za-z0-9]+)")
WORD = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
PARTS = re.compile(r"[-_.]")
LIST = re.compile(r"_shard-\d+\.json$")


def told_apart(subject):
    """Whether an id alone is more than a count: four characters, or three with a letter and a digit."""
    mixed = re.search("[A-Za-z]", subject) and re.search("[0-9]", subject)
    return len(subject) >= (3 if mixed else 4)


def subjects_of(paths):
    """The ids in names such as ``sub-P012_ses-1_status.json`` among ``paths``, as far as they are `told_apart`.

    Of a shard the names are those in its list, where that is there.
    """
    names = [name for path in paths for name in (str(path), *_listed(path))]
    found = {subject for name in names for subject in SUBJECT.findall(name)}
    return {subject for subject in found if told_apart(subject)}


def _listed(path):
    if not LIST.search(str(path)) or not Path(path).is_file():
        return []
    try:
        return [one["path"] for one in json.loads(Path(path).read_text())["statuses"]]
    except (OSError, ValueError, KeyError):
        return []


def without_ids(text, subjects=()):
    """``text`` with every id hidden: those that look like one, and ``subjects`` as tables write them, ``P-012`` too."""
    text = SHAPES.sub(HIDDEN, text)
    return WORD.sub(lambda word: _hidden(word[0], subjects), text) if subjects else text


def _hidden(word, subjects):
    parts = PARTS.split(word)
    for first in range(len(parts)):
        for last in range(len(parts), first, -1):
            if "".join(parts[first:last]) in subjects:
                begin = sum(len(part) + 1 for part in parts[:first])
                end = sum(len(part) + 1 for part in parts[:last]) - 1
                return word[:begin] + HIDDEN + _hidden_rest(word[end:], subjects)
    return word


def _hidden_rest(rest, subjects):
    return rest[:1] + _hidden(rest[1:], subjects) if rest else rest
