"""Every model of an experiment in one table: the network, and all that is held against it."""

import numpy as np
import pandas as pd

from voxplain.baselines.paired import Difference, is_better, paired_differences
from voxplain.training.scores.columns import class_count
from voxplain.training.scores.table import score_predictions

CLASS_MEASURES = ("balanced_accuracy", "roc_auc", "accuracy")
AMOUNT_MEASURES = ("r2", "mae", "rmse")
NETWORK = "network"
COLUMNS = [
    *("model", "kind", "told", "measure", "value", "sd", "low", "high", "n"),
    *("network_minus", "network_minus_low", "network_minus_high", "network_better", "paired", "paired_by"),
    *("best", "best_minus", "best_minus_low", "best_minus_high", "note"),
]


def model_table(network, baselines, bootstrap=1000, seed=1):
    """A row of COLUMNS for each model and measure, from the best to the worst, those without a value last.

    network: its predictions; baselines: Baselines. ``value`` is the mean over splits, ``sd`` that of the splits (ddof
    1), ``low`` to ``high`` the 95 % bootstrap interval over groups, ``n`` the scans: those of `score_predictions`.
    ``network_minus`` is the network's measure minus the model's on the ``paired`` scans that both are told of, with its
    paired interval, and ``network_better`` what follows from it, see `paired_differences`; ``best`` is yes for the
    model with the best value, and ``best_minus`` that one's measure minus the model's, paired likewise.
    """
    models = {NETWORK: network} | {one.name: one.predictions for one in baselines}
    about = {one.name: {"kind": one.kind, "told": one.told, "note": one.note} for one in baselines}
    about[NETWORK] = {"kind": NETWORK, "told": "the volume", "note": ""}
    measures = CLASS_MEASURES if class_count(network) else AMOUNT_MEASURES
    scored = {name: _scored(rows, measures, bootstrap, seed) for name, rows in models.items()}
    how = {"bootstrap": bootstrap, "seed": seed}
    to_network = {
        name: paired_differences(network, rows, measures, **how) for name, rows in models.items() if name != NETWORK
    }
    rows = []
    for measure in measures:
        best = _best(scored, measure)
        to_best = {} if best == NETWORK else {name: _beside(models, best, name, measure, how) for name in models}
        for name in models:
            row = {"model": name, "measure": measure} | about[name] | scored[name][measure]
            if name != NETWORK:
                differences, row["paired"], row["paired_by"] = to_network[name]
                row |= _told("network_minus", differences[measure]) | {"network_better": differences[measure].better}
            row["best"] = "yes" if name == best else "no"
            if name != best and best is not None:
                row |= _told("best_minus", to_network[name][0][measure] if best == NETWORK else to_best[name])
            rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    place = {measure: number for number, measure in enumerate(measures)}
    worse = np.where(table["measure"].isin(("mae", "rmse")), table["value"], -table["value"])
    order = pd.DataFrame({"measure": table["measure"].map(place), "worse": worse, "model": table["model"]})
    return table.loc[order.sort_values(["measure", "worse", "model"]).index].reset_index(drop=True)


def _scored(predictions, measures, bootstrap, seed):
    """``{measure: {value, sd, low, high, n}}`` over all splits."""
    whole = score_predictions(predictions, "", bootstrap, seed, permutations=1).query("split == 'all'")
    table = whole.set_index("measure").reindex(measures)[["value", "sd", "low", "high", "n"]]
    return {measure: table.loc[measure].to_dict() for measure in measures}


def _best(scored, measure):
    """The model of the best value, the network where it is as good; None where none has a value."""
    best = None
    for name, scores in scored.items():
        value = scores[measure]["value"]
        if np.isfinite(value) and (best is None or is_better(measure, value, scored[best][measure]["value"])):
            best = name
    return best


def _beside(models, best, name, measure, how):
    if best is None or name == best:
        return Difference(np.nan, np.nan, np.nan, "undefined")
    return paired_differences(models[best], models[name], (measure,), **how)[0][measure]


def _told(name, difference):
    return {name: difference.value, f"{name}_low": difference.low, f"{name}_high": difference.high}
