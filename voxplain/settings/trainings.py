"""How networks are trained: presets, and what does not go together."""

from voxplain.errors import SettingsError
from voxplain.settings.wording import suggestion

OF_CLASSES = "balanced_accuracy", "roc_auc"


def complete_trainings(settings, own, known):
    """Lay presets, of those ``known``, under what the user's section ``own`` and each experiment say.

    A preset, the experiment's before the section's, lies over the defaults; what somebody wrote lies over any preset.
    """
    own = {key: settings["training"][key] for key in own}
    settings["training"] |= _preset("training", own, known) | own
    for name, one in settings["experiments"].items():
        if preset := _preset(f"experiments.{name}.training", one["training"], known):
            one["training"] = preset | own | one["training"]


def agree_on_trainings(settings):
    """Raise SettingsError for the first experiment whose training contradicts itself or the kind of its label."""
    for name, one in settings["experiments"].items():
        training = settings["training"] | one["training"]
        amounts = bool(settings["cohort"]["labels"][one["labels"]].get("regression"))
        where, kind = f'setting "experiments.{name}.training.', "an amount" if amounts else "classes"
        keep, optimiser = training["keep"], training["optimiser"]
        if keep in OF_CLASSES if amounts else keep == "r2":
            better = "loss, r2 or last" if amounts else "loss, balanced_accuracy, roc_auc or last"
            raise SettingsError(f'{where}keep" is {keep}, but label {one["labels"]} is {kind}; use {better}')
        for key, nothing in (("sampling", "all"), ("class_weights", "none")):
            if amounts and training[key] != nothing:
                raise SettingsError(
                    f'{where}{key}" is {training[key]}, but label {one["labels"]} is {kind}; use {nothing}'
                )
        if training["sampling_limit"] and training["sampling"] != "weighted":
            raise SettingsError(f'{where}sampling_limit" needs sampling: weighted; leave it out or set that')
        if training["momentum"] and optimiser in ("adam", "adamw"):
            raise SettingsError(f'{where}momentum" is {training["momentum"]}, but {optimiser} has none; leave it out')


def _preset(where, training, known):
    asked = training.get("preset")
    if asked is not None and asked not in known:
        hint = suggestion(asked, list(known))
        raise SettingsError(f'setting "{where}.preset" is "{asked}", which is no preset; {hint}')
    return known.get(asked, {})
