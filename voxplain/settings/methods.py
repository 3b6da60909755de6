"""The section ``methods``: presets and bare names become entries, and each entry fits the networks and the labels."""

from copy import deepcopy

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_count
from voxplain.settings.known import recipes
from voxplain.settings.wording import suggestion

ONE_METHOD = {"target": "predicted", "score": None, "options": {}}
# What a method that is asked for by a word is about: with one class for all scans, maps can be averaged
BY_NAME = {"target": 1, "score": None}
ATLAS_METHOD = "region_occlusion"


def complete_methods(settings, known, names):
    """Replace ``methods`` of ``settings`` by whole entries; ``known`` is what config/methods.yaml says.

    A word is a preset, or one of ``names``, the methods that there are. A preset leaves out what an experiment's
    network is known to refuse and, where there is no atlas in the space of every input, occlusion by its regions; of
    which there is an entry for each atlas. An entry that stands there twice by words alone counts once, and one that is
    written out replaces what a preset would give under its name. Raises SettingsError for an unknown word.
    """
    asked = settings["methods"] if isinstance(settings["methods"], list) else [settings["methods"]]
    written = {one["name"] for one in asked if isinstance(one, dict)}
    found = []
    for one in asked:
        if isinstance(one, dict):
            found.append(ONE_METHOD | one)
            continue
        for entry in _entries(one, settings, known, names):
            if entry["name"] not in written and entry not in found:
                found.append(entry)
    if not found:
        raise SettingsError('setting "methods" leaves no method that every network allows; name one that does')
    settings["methods"] = found


def _entries(word, settings, known, names):
    if word not in known["presets"]:
        if word not in names:
            hint = suggestion(word, [*known["presets"], *names])
            raise SettingsError(f'setting "methods" has "{word}", which is neither a preset nor a method; {hint}')
        return _of_method(word, settings, known)
    networks = {one["network"]["name"] for one in settings["experiments"].values()}
    allowed = [name for name in known["presets"][word] if not networks & set(known["refused"].get(name, ()))]
    atlases_fit = not spaces_of_their_own(settings)
    return [
        entry
        for name in allowed
        if name in names and (name != ATLAS_METHOD or atlases_fit and settings["template"]["atlases"])
        for entry in _of_method(name, settings, known)
    ]


def _of_method(name, settings, known):
    one = {"name": name, "method": name} | BY_NAME | {"options": deepcopy(known["options"].get(name, {}))}
    atlases = [atlas["name"] for atlas in settings["template"]["atlases"]]
    if name != ATLAS_METHOD or not atlases:
        return [one]
    return [one | {"name": f"{name}_{atlas}", "options": one["options"] | {"labels": atlas}} for atlas in atlases]


def spaces_of_their_own(settings):
    """Names of the inputs of experiments whose scans are not registered, so that no atlas lies on them."""
    used = {one["input"]: settings["inputs"].get(one["input"], {}) for one in settings["experiments"].values()}
    alone = [name for name, one in recipes().items() if one["transform"] == "none"]
    return [name for name, one in sorted(used.items()) if one.get("recipe") in alone]


def agree_on_networks(settings, known):
    """Raise SettingsError for an entry whose method is known not to hold for the network of an experiment, or score."""
    for one in settings["methods"]:
        for name, experiment in settings["experiments"].items():
            network = experiment["network"]["name"]
            if network in known["refused"].get(one["method"], ()):
                raise SettingsError(
                    f'setting "methods": {one["method"]} of "{one["name"]}" does not hold for {network}, the network '
                    f"of experiment {name}; leave out one of the two"
                )
        if one["score"] in known["scores_refused"].get(one["method"], ()):
            raise SettingsError(
                f'setting "methods": score of "{one["name"]}" is {one["score"]}, which {one["method"]} cannot share '
                "out; use logit, or log_odds of two classes"
            )
        shares_out = one["method"] in known["scores_refused"] and one["score"] == "log_odds"
        counts = [
            class_count(settings["cohort"]["labels"][each["labels"]]) for each in settings["experiments"].values()
        ]
        if shares_out and any(count is not None and count > 2 for count in counts):
            raise SettingsError(
                f'setting "methods": score of "{one["name"]}" is log_odds, which {one["method"]} shares out among two '
                "logits alone; use logit"
            )
