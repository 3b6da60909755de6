"""Classes that methods name, and that every label of the study has."""

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_counts


def agree_on_explaining(settings):
    """Raise SettingsError for a target that a label with classes has not.

    A regression has one output, which is explained whatever class is asked for.
    """
    counts = class_counts(settings)
    for one in settings["methods"]:
        for label, count in counts.items():
            if one["target"] != "predicted" and one["target"] >= count:
                raise SettingsError(
                    f'setting "methods": target of "{one["name"]}" is {one["target"]}, but label {label} has classes 0 '
                    f"to {count - 1}; use one of them, or predicted"
                )
