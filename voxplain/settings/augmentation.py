"""Augmentation and covariates that fit the input and the label of their experiment."""

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_count

SIZES_KEPT = "none", "rigid"
# A mask that is the template's has the same size in every scan
NO_MASK_OF_ITS_OWN = "none", "template"


def agree_on_augmentation(settings):
    """Raise SettingsError for an experiment whose augmentation or covariates its input or label does not allow."""
    for name, one in settings["experiments"].items():
        asked, where = one["augmentation"], f'setting "experiments.{name}.augmentation.'
        if asked.get("flip_axes") and not asked.get("flip"):
            raise SettingsError(f'{where}flip_axes" needs flip, the probability of each; give it or leave the axes out')
        if asked.get("optimal_scaling"):
            _agree_on_scaling(settings, one, f"{where}optimal_scaling")
        carried = settings["cohort"]["covariates"]
        for column in one["covariates"]:
            if carried is not None and column not in carried:
                raise SettingsError(
                    f'setting "experiments.{name}.covariates" names {column}, which is not carried along; add it to '
                    "cohort.covariates"
                )


def _agree_on_scaling(settings, experiment, where):
    asked = settings["inputs"][experiment["input"]]
    if asked["transform"] not in SIZES_KEPT:
        raise SettingsError(
            f'{where}" needs an input that keeps the sizes of brains, but {experiment["input"]} has transform '
            f"{asked['transform']}; use rigid or none"
        )
    if asked["strip"] in NO_MASK_OF_ITS_OWN:
        raise SettingsError(
            f'{where}" needs the brain mask of every scan, but {experiment["input"]} has strip {asked["strip"]}; use '
            "archive or ants"
        )
    if class_count(settings["cohort"]["labels"][experiment["labels"]]) != 2:
        raise SettingsError(f'{where}" needs two classes, but label {experiment["labels"]} has not; leave it out')
