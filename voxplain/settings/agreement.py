"""Settings that are right one by one but do not fit together."""

from voxplain.errors import SettingsError
from voxplain.settings.folds import agree_on_folds
from voxplain.settings.inputs import agree_on_engines
from voxplain.settings.network_options import agree_on_options
from voxplain.settings.wording import suggestion

NEEDED_OF = {
    "made": [],
    "hcp": ["archives", "table"],
    "adni": ["archives", "table"],
    "bids": ["archives"],
    "table": ["table"],
}
LEAST_PERMUTATIONS = 5
MASK_EMPTY = "cohort.members.mask is empty"


def agree(settings, networks, methods):
    """Raise SettingsError for the first pair of settings that contradict each other or name what does not exist."""
    cohort = settings["cohort"]
    for name, one in settings["experiments"].items():
        if one["input"] not in settings["inputs"]:
            hint = suggestion(one["input"], list(settings["inputs"]))
            raise SettingsError(f'setting "experiments.{name}.input" is "{one["input"]}", which is no input; {hint}')
        if one["network"]["name"] not in networks:
            hint = suggestion(one["network"]["name"], list(networks))
            raise SettingsError(f'setting "experiments.{name}.network.name" is "{one["network"]["name"]}"; {hint}')
    if isinstance(networks, dict):
        agree_on_options(settings["experiments"], networks)
    names = [one["name"] for one in settings["methods"]]
    for one in settings["methods"]:
        if names.count(one["name"]) > 1:
            raise SettingsError(f'setting "methods" has two entries called "{one["name"]}"; give each its own name')
        if one["method"] not in methods:
            raise SettingsError(
                f'setting "methods": unknown method "{one["method"]}"; {suggestion(one["method"], methods)}'
            )
    for key in NEEDED_OF[cohort["source"]]:
        if not cohort[key]:
            raise SettingsError(f'setting "cohort.{key}" is empty; cohort.source {cohort["source"]} needs its path')
    agree_on_folds(settings["folds"])
    if settings["template"]["image"] != "mni152" and not settings["template"]["mask"]:
        raise SettingsError('setting "template.mask" is empty; a template of your own needs its brain mask')
    for name, one in settings["inputs"].items():
        if name == "source":
            raise SettingsError(
                'setting "inputs" has an input called "source", which the extracted volumes are called; rename it'
            )
        masks = {"adni": False, "hcp": cohort["members"]["mask"], "made": cohort["members"]["mask"]}
        if one["strip"] == "archive" and not masks.get(cohort["source"], True):
            why = f"cohort.source {cohort['source']} has none" if cohort["source"] == "adni" else MASK_EMPTY
            raise SettingsError(
                f'setting "inputs.{name}.strip" is archive, which takes its brain mask, but {why}; use ants'
            )
    if 0 < (permutations := settings["sanity"]["permutations"]) < LEAST_PERMUTATIONS:
        raise SettingsError(
            f'setting "sanity.permutations" is {permutations}, which shows little; use {LEAST_PERMUTATIONS} or more, '
            "or 0 for none"
        )
    agree_on_engines(settings["inputs"])
    atlases = [one["name"] for one in settings["template"]["atlases"]]
    for name in atlases:
        if atlases.count(name) > 1:
            raise SettingsError(f'setting "template.atlases" has two called "{name}"; give each its own name')
