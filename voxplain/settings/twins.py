"""A study's made twin: the same settings over made archives, at a size that a test can afford."""

from copy import deepcopy
from pathlib import PurePath

from voxplain.errors import SettingsError

SUFFIX = "Made"
# Of a study's own people and pictures: there is nothing like them among made ones.
OF_REAL_PEOPLE = {"leave_out": [], "ratings": None}
CUTS = {
    "cohort": {"made": {"subjects": 16, "spacing": 6.0, "twins": []}},
    "folds": {"k": 2, "repeats": 1, "validation": 0.25},
    "training": {"epochs": 1},
    "relevance": {"bootstrap": 20, "statistics": {"permutations": 20, "surrogates": 20}},
    "sanity": {
        "scans_per_split": 1,
        "draws": 2,
        "untrained_per_split": 2,
        "bootstrap": 20,
        "permuted_per_split": 2,
        "faithfulness": {"scans_per_split": 1, "shares": [0.2], "blocks": 5, "neighbours": 2, "others": 2},
        "masked_input": {"scans": 4, "held_out": 2},
        "shortcuts": {"untrained_networks": 1, "permutations": 100},
    },
    "baselines": {"bootstrap": 20},
    "report": {"subjects": 2, "volumes": 1},
}


def twin_settings(user):
    """What the made twin of the study of ``user`` is set to, in the form that somebody could have written it.

    The study is renamed, its files are below `twin_folder`, no published figure is kept; then come the cuts of
    ``CUTS``, and over them the section ``twin``. Raises SettingsError for a study whose cohort is made anyway.
    """
    user = deepcopy(dict(user))
    cohort = user.get("cohort") or {}
    if cohort.get("source", "made") == "made":
        raise SettingsError('setting "made" is true, but cohort.source is made, which has no twin; leave it out')
    study = user["study"] = f"{user.get('study', 'study')}{SUFFIX}"
    folder = twin_folder(study)
    user["cohort"] = _moved(cohort, folder) | OF_REAL_PEOPLE
    user["cohort"]["test_cohorts"] = {
        name: _moved(one, folder / "cohorts" / name) | {"leave_out": []}
        for name, one in (cohort.get("test_cohorts") or {}).items()
    }
    template = user["template"] = user.get("template") or {}
    template |= {"image": "mni152", "mask": None, "atlases": _atlases(template.get("atlases") or [], folder)}
    folds = user.get("folds") or {}
    if folds.get("given"):
        named = {part: path and f"{part}{PurePath(path).suffix}" for part, path in folds["given"].items()}
        user["folds"] = folds | {"given": {part: name and str(folder / "ids" / name) for part, name in named.items()}}
    user["published"] = []
    for part, cuts in CUTS.items():
        user[part] = laid_over_whole(user.get(part) or {}, cuts)
    for one in user.get("experiments", {}).values():
        for part in ("training", "pretrain"):
            one[part] = (one.get(part) or {}) | ({"epochs": 1} if part == "training" or one.get(part) else {})
    return laid_over_whole(user, user.pop("twin", None) or {}) | {"made": True, "study": study}


def twin_folder(study):
    """Where the files of the made twin called ``study`` lie, from the folder that the workflow runs in."""
    return PurePath("data") / study


def laid_over_whole(below, above):
    """``below`` with ``above`` over it, key by key; a null of ``above`` takes out a section of ``below``."""
    whole = dict(below)
    for key, value in above.items():
        if value is None and isinstance(below.get(key), dict):
            del whole[key]
        elif isinstance(value, dict) and isinstance(below.get(key), dict):
            whole[key] = laid_over_whole(below[key], value)
        else:
            whole[key] = deepcopy(value)
    return whole


def _moved(own, folder):
    """The section ``own`` of a cohort with the files that it names in ``folder``."""
    moved = dict(own)
    if own.get("archives"):
        moved["archives"] = str(folder / "archives")
    if own.get("table"):
        moved["table"] = _named(folder, own["table"])
    if own.get("tables"):
        moved["tables"] = [one | {"path": _named(folder / "tables", one["path"])} for one in own["tables"]]
    if own.get("features"):
        moved["features"] = own["features"] | {"path": _named(folder / "features", own["features"]["path"])}
    return moved


def _atlases(atlases, folder):
    return [
        one | {"image": str(folder / "atlases" / f"{one['name']}.nii.gz")} | _labels(one, folder) for one in atlases
    ]


def _labels(one, folder):
    path = one["labels"] and PurePath(one["labels"])
    return {"labels": path and str(folder / "atlases" / f"{one['name']}{path.suffix}")}


def _named(folder, path):
    return str(folder / PurePath(path).name)
