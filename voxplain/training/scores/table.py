"""How good out-of-fold predictions are, per split and in all, with an interval over groups and a p-value."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from voxplain.training.scores.amounts import amount_scores, weighted_amount_scores
from voxplain.training.scores.classes import class_scores
from voxplain.training.scores.columns import class_count, class_of, groups_of, repeats_of
from voxplain.training.scores.permutation import KIND, permutation_p
from voxplain.training.scores.resampling import bootstrap_scores, drawn_weights, interval
from voxplain.training.scores.weightings import weighted_class_scores

COLUMNS = ["model", "measure", "split", "value", "mean", "sd", "low", "high", "n", "p", "p_kind", "reason"]
CLASS_MEASURES = ("accuracy", "balanced_accuracy", "roc_auc", "f1", "pr_auc", "brier", "calibration_error")
AMOUNT_MEASURES = ("mae", "rmse", "r2")
FEW = 3


def score_predictions(predictions, model, bootstrap=1000, seed=1, permutations=1000):
    """A long table of scores of ``predictions`` (scan, subject, group, split, seed, label, predicted, probability_<k>).

    Classes have accuracy, balanced accuracy, ROC and PR AUC and Brier score from probabilities, F1, calibration error
    and the counts of the confusion matrix (``confusion_0_1``: label 0, predicted 1); amounts, which have no
    probabilities, MAE, RMSE and R2. Each has a row for each split (the mean over its seeds) and one for ``all``. There
    ``value`` and ``mean`` are the mean over splits, ``sd`` its standard deviation (ddof 1), ``low`` to ``high`` the
    95 % bootstrap interval of the mean, groups being drawn with all their scans, and ``p`` the permutation p-value
    against chance, the predictions being fixed. A score that is not defined is empty, with the ``reason``. ``n`` counts
    the scans. Splits of leave-one-out are judged together, a repeat at a time.
    """
    predictions = together(predictions.reset_index(drop=True))
    tables = {split: [one for _, one in rest.groupby("seed")] for split, rest in predictions.groupby("split")}
    scored = {split: [_scores(one) for one in of_seeds] for split, of_seeds in tables.items()}
    drawn = bootstrap_scores(tables, drawn_weights(predictions, bootstrap, seed), weighted_scores)
    chance = permutation_p(predictions, permutations, seed)
    rows = []
    for measure in CLASS_MEASURES if class_count(predictions) else AMOUNT_MEASURES:
        values = {}
        for split, of_seeds in scored.items():
            reason = next((one[measure][1] for one in of_seeds if one[measure][1]), "")
            values[split] = np.nan if reason else float(np.mean([one[measure][0] for one in of_seeds]))
            n = predictions["scan"][predictions["split"] == split].nunique()
            rows.append({"measure": measure, "split": split, "value": values[split], "n": n, "reason": reason})
        whole = _over_splits(values, drawn.get(measure, np.empty(0)), predictions)
        whole |= {"p": chance[measure], "p_kind": KIND} if measure in chance else {}
        rows.append({"measure": measure, "split": "all"} | whole)
    if class_count(predictions):
        rows += _confusion(predictions)
    return pd.DataFrame(rows).assign(model=model).reindex(columns=COLUMNS)


def weighted_scores(table, weights):
    """Each measure of one table of n scans under each of many weightings, ``(weightings, n)``; nan: not defined."""
    return (weighted_class_scores if class_count(table) else weighted_amount_scores)(table, weights)


def together(predictions):
    """``predictions`` with the splits of a repeat as one, ``r1``, where the folds left out one group at a time.

    That is: every split holds out one group, and fewer than ``FEW`` subjects on average. Larger groups, such as sites,
    have scores of their own.
    """
    if predictions.empty or predictions["split"].nunique() < 2:
        return predictions
    of_splits = predictions.assign(group=groups_of(predictions)).groupby("split")
    alone = of_splits["group"].nunique().max() == 1 and of_splits["subject"].nunique().mean() < FEW
    repeats = repeats_of(predictions)
    return predictions.assign(split=repeats) if alone and (repeats != "").all() else predictions


def _scores(table):
    return (class_scores if class_count(table) else amount_scores)(table)


def _over_splits(values, drawn, predictions):
    defined = [value for value in values.values() if not np.isnan(value)]
    row = {"n": predictions["scan"].nunique(), "reason": ""}
    if not defined:
        return row | {"reason": "not defined in any split" if values else "no scan was predicted"}
    row["value"] = row["mean"] = float(np.mean(defined))
    if len(defined) > 1:
        row["sd"] = float(np.std(defined, ddof=1))
    if len(defined) < len(values):
        row["reason"] = f"defined in {len(defined)} of {len(values)} splits"
    if (edges := interval(drawn)) is not None:
        row["low"], row["high"] = edges
    return row


def _confusion(predictions):
    parts, classes = [*predictions.groupby("split"), ("all", predictions)], range(class_count(predictions))
    return [
        {"measure": f"confusion_{label}_{predicted}", "split": split, "value": int(count), "n": table["scan"].nunique()}
        for split, table in parts
        if len(table)
        for (label, predicted), count in np.ndenumerate(
            confusion_matrix(class_of(table, "label"), class_of(table, "predicted"), labels=classes)
        )
    ]
