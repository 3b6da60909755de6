"""What an entry of ``baselines.tabular`` may ask for, and what of it does not fit together."""

from voxplain.errors import SettingsError
from voxplain.settings.classes import class_counts
from voxplain.settings.tabular_models import DETECTORS, MODELS
from voxplain.settings.wording import suggestion

ONE_TABULAR = {
    "labels": None,
    "options": {},
    "grid": {},
    "choose_by": None,
    "missing": "median",
    "oversample": "none",
    "residualise": [],
    "by": None,
    "anomaly": None,
    "protocols": [],
    "importances": ["model"],
    "correlate": None,
}
ONE_ANOMALY = {"detector": "isolation_forest", "options": {}, "contamination": None, "learns_from": "others"}
OF_CLASSES = ("balanced_accuracy", "accuracy", "f1", "roc_auc")
OF_AMOUNTS = ("r2", "mae")


def complete_tabular(settings):
    """Give every entry of ``baselines.tabular`` what it leaves out, the labels that its model can tell among them."""
    tabular = settings["baselines"]["tabular"]
    for name, one in tabular.items():
        whole = tabular[name] = ONE_TABULAR | one
        if whole["anomaly"]:
            whole["anomaly"] = ONE_ANOMALY | whole["anomaly"]
        if whole["labels"] is None:
            told = {parts["labels"] for parts in settings["experiments"].values()}
            whole["labels"] = sorted(label for label in told if _tells(whole, _amounts(settings, label)))


def agree_on_tabular(settings):
    """Raise SettingsError for an entry of ``baselines.tabular`` that names what is not there or contradicts itself."""
    for name, one in settings["baselines"]["tabular"].items():
        where = f"baselines.tabular.{name}"
        _check_labels(settings, where, one)
        _check_options(where, one)
        _check_columns(settings, where, one)
        _check_protocols(where, one)


def _amounts(settings, label):
    return bool(settings["cohort"]["labels"][label].get("regression"))


def _tells(one, amounts):
    kind = MODELS[one["model"]]
    if not amounts:
        return kind.classes
    return kind.amounts and not one["anomaly"] and one["oversample"] == "none" and one["choose_by"] not in OF_CLASSES


def _check_labels(settings, where, one):
    told = {parts["labels"] for parts in settings["experiments"].values()}
    for label in one["labels"]:
        if label not in told:
            hint = suggestion(label, sorted(told))
            raise SettingsError(f'setting "{where}.labels" has "{label}", which no experiment tells; {hint}')
        amounts = _amounts(settings, label)
        kind = MODELS[one["model"]]
        if not (kind.amounts if amounts else kind.classes):
            other = [model for model, kind in MODELS.items() if (kind.amounts if amounts else kind.classes)]
            what = "an amount" if amounts else "classes"
            raise SettingsError(
                f'setting "{where}.model" is {one["model"]}, but label {label} is {what}; use {", ".join(other)}'
            )
        for key in ("anomaly", "oversample"):
            if amounts and one[key] not in (None, "none"):
                raise SettingsError(
                    f'setting "{where}.{key}" needs classes, but label {label} is an amount; leave it out'
                )
        allowed = OF_AMOUNTS if amounts else OF_CLASSES
        if one["choose_by"] and one["choose_by"] not in allowed:
            raise SettingsError(
                f'setting "{where}.choose_by" is {one["choose_by"]}, which label {label} has not; use one of '
                f"{', '.join(allowed)}"
            )
        count = class_counts(settings).get(label)
        if one["anomaly"] and one["anomaly"]["class"] >= count:
            raise SettingsError(
                f'setting "{where}.anomaly.class" is {one["anomaly"]["class"]}, but label {label} has classes 0 to '
                f"{count - 1}; use one of them"
            )
    if not one["labels"]:
        raise SettingsError(
            f'setting "{where}": a {one["model"]} so asked for can tell no label of an experiment; leave it out'
        )


def _check_options(where, one):
    asked = {"options": one["options"], "grid": {} if one["grid"] == "default" else one["grid"]}
    for key, given in asked.items():
        for option in given:
            if option not in MODELS[one["model"]].options:
                hint = suggestion(option, list(MODELS[one["model"]].options))
                raise SettingsError(f'setting "{where}.{key}" has "{option}", which {one["model"]} has not; {hint}')
    for option in one["anomaly"]["options"] if one["anomaly"] else ():
        known = DETECTORS[one["anomaly"]["detector"]]
        if option not in known:
            raise SettingsError(
                f'setting "{where}.anomaly.options" has "{option}", which {one["anomaly"]["detector"]} has not; '
                f"{suggestion(option, list(known))}"
            )
    if one["choose_by"] and not one["grid"]:
        raise SettingsError(f'setting "{where}.choose_by" needs a grid to choose from; leave it out or set that')


def _check_columns(settings, where, one):
    if "measures" in one["features"] and not settings["cohort"]["features"]:
        raise SettingsError(
            f'setting "{where}.features" has measures, but cohort.features names no table of them; name one there'
        )
    both = [column for column in one["features"] if column in one["residualise"]]
    if both:
        raise SettingsError(
            f'setting "{where}.residualise" has {both[0]}, which is a feature too; leave it out of one of them'
        )


def _check_protocols(where, one):
    for protocol in one["protocols"]:
        if protocol["scheme"] == "leave_one_out" and "k" in protocol:
            raise SettingsError(f'setting "{where}.protocols" gives leave_one_out a k, which it has not; leave it out')
        if protocol["scheme"] == "kfold" and "k" not in protocol:
            raise SettingsError(f'setting "{where}.protocols" has a kfold without k; say how many folds, such as 10')
