"""What parts of the section ``insight`` need of other sections, and of one another."""

from voxplain.errors import SettingsError
from voxplain.settings.carried_columns import check_carried


def agree_on_looking_inside(settings):
    """Raise SettingsError for a part that runs and asks for epochs, columns or methods that the study has not."""
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
