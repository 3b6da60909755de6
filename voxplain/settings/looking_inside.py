"""What parts of the section ``insight`` need of other sections, and of one another."""

from voxplain.errors import SettingsError
from voxplain.settings.carried_columns import check_carried
from voxplain.settings.classes import class_counts


def agree_on_looking_inside(settings):
    """Raise SettingsError for a part that runs and asks for epochs, columns or classes that the study has not."""
    first_layer, maximisation = (settings["insight"][one] for one in ("first_layer", "activation_maximisation"))
    if first_layer["run"] and first_layer["groups"] is not None:
        check_carried("insight.first_layer.groups", [first_layer["groups"]], settings)
    if maximisation["run"]:
        _check_targets(settings, [one for one in maximisation["targets"] or [] if isinstance(one, int)])
    influence, embeddings = settings["insight"]["influence"], settings["insight"]["embeddings"]
    if influence["run"] and "tracin" in influence["methods"]:
        _check_epochs(settings)
    if embeddings["run"]:
        check_carried("insight.embeddings.columns", embeddings["columns"] or [], settings)
        for name in embeddings["options"]:
            if name not in embeddings["methods"]:
                raise SettingsError(
                    f'setting "insight.embeddings.options" has {name}, which "insight.embeddings.methods" leaves out; '
                    "name it in both or in neither"
                )


def _check_epochs(settings):
    for name, one in settings["experiments"].items():
        if not (settings["training"] | one["training"])["keep_epochs"]:
            raise SettingsError(
                f'setting "insight.influence.methods" has tracin, which follows epochs that a training keeps, but '
                f"experiment {name} keeps none; set training.keep_epochs to 5 or more, or use influence_functions"
            )


def _check_targets(settings, targets):
    counts = class_counts(settings)
    for name, one in settings["experiments"].items():
        count = counts.get(one["labels"], 1)
        known = f"classes 0 to {count - 1}" if one["labels"] in counts else "an amount, which is 0"
        if wrong := [target for target in targets if target >= count]:
            raise SettingsError(
                f'setting "insight.activation_maximisation.targets" has {wrong[0]}, but experiment {name} tells {known}'
                "; leave it out"
            )
