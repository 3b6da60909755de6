"""Published figures that a study puts beside its own: what an entry may name, and where the study's own stands."""

from voxplain.errors import SettingsError
from voxplain.settings.baselines import baseline_names
from voxplain.settings.masking import masking_methods
from voxplain.settings.protocols import FOLDS, protocol_name
from voxplain.settings.wording import suggestion

ONE_FIGURE = {
    "experiment": None,
    "model": "network",
    "part": "held_out",
    "protocol": None,
    "cohort": None,
    "method": None,
    "mask": None,
    "sd": None,
    "interval": None,
    "n": None,
    "recalled": False,
    "because": "",
}
NETWORKS = ("network", "network_by_subject")
# Scores that are shares: 91.9 is meant to be 0.919
SHARES = ("accuracy", "balanced_accuracy", "roc_auc", "f1", "pr_auc", "brier")


VALUE = {name: name for name in ("value", "sd", "low", "high", "n")}


def complete_published(settings):
    """Give every entry of ``published`` what it leaves out."""
    settings["published"] = [ONE_FIGURE | one for one in settings["published"]]


def own_places(settings):
    """Where the study's own figure stands beside each of ``published``: ``{table, row, columns}``, or None.

    ``table`` is a path below the study's results, ``row`` the cells that choose a row of it, and ``columns`` say what
    it calls value, sd, low, high and n. None for a figure that the study has not.
    """
    return [_place(one, settings) for one in settings["published"]]


def _place(figure, settings):
    experiment, model, measure = (figure[key] for key in ("experiment", "model", "measure"))
    if experiment is None:
        return None
    predict, row = f"predict/{experiment}", {"model": model, "measure": measure}
    if figure["mask"]:
        columns = {"value": measure, "low": f"{measure}_low", "high": f"{measure}_high", "n": "n"}
        where = f"sanity/{experiment}/{figure['method']}/masked_input.tsv"
        return {"table": where, "row": {"mask": figure["mask"], "split": "all"}, "columns": columns}
    if figure["part"] == "training":
        table, row = f"{predict}/described.tsv", {"part": "training", "measure": measure}
    elif figure["cohort"]:
        table, row = f"{predict}/cohort-{figure['cohort']}_scores.tsv", row | {"split": "all"}
    elif model in settings["baselines"]["tabular"]:
        own = {"split": "all", "protocol": figure["protocol"] or FOLDS}
        table, row = f"{predict}/tabular/{model}_scores.tsv", row | own
    elif model in NETWORKS:
        table, row = f"{predict}/scores.tsv", row | {"split": "all"}
    else:
        table = f"{predict}/models.tsv"
    return {"table": table, "row": row, "columns": VALUE}


def agree_on_published(settings):
    """Raise SettingsError for an entry of ``published`` that names what the study has not, or contradicts itself."""
    for number, one in enumerate(settings["published"]):
        where = f"published.{number}"
        if one["measure"] in SHARES and not 0 <= one["value"] <= 1:
            share = f"{one['value'] / 100:g}"
            raise SettingsError(
                f'setting "{where}.value" is {one["value"]}, but {one["measure"]} is a share; write {share}'
            )
        if not one["comparable"] and not one["because"]:
            raise SettingsError(f'setting "{where}.because" is missing; say why {one["what"]} is not comparable')
        if one["experiment"] is not None:
            _check_names(settings, where, one)


def _check_names(settings, where, one):
    baselines, experiment = settings["baselines"], one["experiment"]
    _one_of(f"{where}.experiment", experiment, list(settings["experiments"]), "experiment")
    label = settings["experiments"][experiment]["labels"]
    tables = {name: model for name, model in baselines["tabular"].items() if label in model["labels"]}
    known = [*NETWORKS, *baseline_names(baselines, "confounds"), *baseline_names(baselines, "voxels"), *tables]
    _one_of(f"{where}.model", one["model"], known, f"model of {experiment}")
    asked = {"model": one["model"] not in NETWORKS, "cohort": one["cohort"], "mask": one["mask"]}
    named = [key for key, is_there in (asked | {"part": one["part"] == "training"}).items() if is_there]
    if len(named) > 1:
        raise SettingsError(
            f'setting "{where}" names {named[0]} and {named[1]}, which stand in different tables; leave one out'
        )
    if one["protocol"] and one["model"] not in tables:
        raise SettingsError(f'setting "{where}.protocol" is of models of baselines.tabular alone; leave it out')
    if one["protocol"]:
        known = [FOLDS, *map(protocol_name, tables[one["model"]]["protocols"])]
        _one_of(f"{where}.protocol", one["protocol"], known, f"protocol of {one['model']}")
    if one["cohort"]:
        _one_of(f"{where}.cohort", one["cohort"], list(settings["cohort"]["test_cohorts"]), "test cohort")
    if one["part"] == "training" and experiment not in baselines["side_by_side"]:
        raise SettingsError(
            f'setting "{where}.part" is training, which is told of experiments side by side; '
            f"name {experiment} in baselines.side_by_side"
        )
    if (one["method"] is None) != (one["mask"] is None):
        raise SettingsError(f'setting "{where}" needs method and mask together; add the other, or leave both out')
    if one["method"]:
        _one_of(f"{where}.method", one["method"], masking_methods(settings), "method of sanity.masked_input")


def _one_of(where, found, known, what):
    if found not in known:
        raise SettingsError(f'setting "{where}" is "{found}", which is no {what}; {suggestion(found, known)}')
