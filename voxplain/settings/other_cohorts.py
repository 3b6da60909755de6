"""Cohorts that a study's networks are judged by and never trained on: what each setting of theirs is."""

from voxplain.errors import SettingsError
from voxplain.settings.agreement import MASK_EMPTY, NEEDED_OF
from voxplain.settings.wording import suggestion

MERGED = ("labels", "members", "visits")
# Of the study's own scans alone: somebody's ratings, measures to learn from, further cohorts.
OF_THE_STUDY = {"ratings": None, "features": None, "test_cohorts": {}}
# Nobody of a test cohort is dealt into folds or matched.
NOT_DEALT = {"scheme": "kfold", "given": None, "match": {}, "stratify_by": [], "site": None}


def cohort_settings(settings, name):
    """``settings`` as they would be of a study of the test cohort ``name`` alone.

    Its section lies over the study's ``cohort``, and over its labels, members and visits key by key; a label that is
    null there is none of the cohort's.
    """
    own = settings["cohort"]["test_cohorts"][name]
    cohort = settings["cohort"] | OF_THE_STUDY | own
    for key in MERGED:
        cohort[key] = settings["cohort"][key] | own.get(key, {})
    cohort["labels"] = {label: one for label, one in cohort["labels"].items() if one is not None}
    folds = settings["folds"] | {key: value for key, value in NOT_DEALT.items() if key in settings["folds"]}
    told = {one: parts for one, parts in settings["experiments"].items() if parts["labels"] in cohort["labels"]}
    return settings | {"cohort": cohort, "folds": folds, "experiments": told}


def agree_on_other_cohorts(settings):
    """Raise SettingsError for the first test cohort whose settings are not whole, or contradict those of the study."""
    study = settings["cohort"]
    for name, own in study["test_cohorts"].items():
        where = f"cohort.test_cohorts.{name}"
        if not own:
            raise SettingsError(f'setting "{where}" is empty, which is the study itself; say where its scans are')
        for label in own.get("labels", {}):
            if label not in study["labels"]:
                hint = suggestion(label, list(study["labels"]))
                raise SettingsError(f'setting "{where}.labels" has "{label}", which is no label of the study; {hint}')
        asked = cohort_settings(settings, name)
        cohort = asked["cohort"]
        if cohort["source"] == "made":
            raise SettingsError(f'setting "{where}.source" is missing; a test cohort is hcp, adni, bids or table')
        for key in NEEDED_OF[cohort["source"]]:
            if not cohort[key]:
                raise SettingsError(
                    f'setting "{where}.{key}" is empty; cohort.source {cohort["source"]} needs its path'
                )
        if not asked["experiments"]:
            raise SettingsError(f'setting "{where}.labels" leaves no label that an experiment tells; keep one of them')
        _masks(settings["inputs"], cohort, where)


def _masks(inputs, cohort, where):
    lacks = {"adni": "source adni has none", "hcp": "" if cohort["members"]["mask"] else MASK_EMPTY}
    for name, one in inputs.items():
        if one["strip"] == "archive" and (why := lacks.get(cohort["source"])):
            raise SettingsError(
                f'setting "inputs.{name}.strip" is archive, which takes its brain mask, but of {where} {why}; use ants'
            )
