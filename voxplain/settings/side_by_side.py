"""Experiments that are put side by side, and what held-out subjects are to be alike in: what does not fit together."""

from voxplain.errors import SettingsError
from voxplain.settings.folds import agree_on_match
from voxplain.settings.wording import suggestion


def agree_on_side_by_side(settings):
    """Raise SettingsError for an experiment that there is not, and for matched subjects where no label has classes."""
    asked, experiments = settings["baselines"], settings["experiments"]
    for name in asked["side_by_side"]:
        if name not in experiments:
            hint = suggestion(name, list(experiments))
            raise SettingsError(f'setting "baselines.side_by_side" names "{name}", which is no experiment; {hint}')
    agree_on_match("baselines.matched", asked["matched"])
    labels = settings["cohort"]["labels"]
    told = [labels[one["labels"]] for one in experiments.values()]
    if asked["matched"] and all(label.get("regression") for label in told):
        raise SettingsError(
            'setting "baselines.matched" matches classes, but what every experiment tells is a number; leave it out'
        )
    for label in told:
        if label.get("column") in asked["matched"]:
            raise SettingsError(
                f'setting "baselines.matched" names {label["column"]}, which a label tells; leave it out'
            )


def is_adjusted(baselines):
    """Whether the section ``baselines`` asks for scores on matched subjects, or for models of residuals."""
    tables = [one.get("residualise") for one in baselines.get("tabular", {}).values()]
    kernels = baselines.get("voxels") and baselines.get("kernels", {}).get("residualise")
    return bool(baselines.get("matched") or kernels or any(tables))
