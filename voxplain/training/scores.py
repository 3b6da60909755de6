"""How good out-of-fold predictions are, per split and in all, with an interval over subjects."""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix, f1_score, roc_auc_score

COLUMNS = ["model", "measure", "split", "value", "mean", "sd", "low", "high", "n", "reason"]
ONE_CLASS = "only one class among the scans"
NO_POSITIVE = "class 1 neither occurs nor is predicted"


def score_predictions(predictions, model, bootstrap=1000, seed=1):
    """A long table of scores of ``predictions`` (label, predicted and probability_1 of each scan, split and seed).

    Rows: accuracy, balanced accuracy, ROC AUC from probabilities, F1 of class 1 and the counts of the confusion matrix
    (``confusion_0_1``: label 0, predicted 1), for each split (the mean over its seeds) and for ``all`` splits. There
    ``value`` and ``mean`` are the mean over splits, ``sd`` its standard deviation (ddof 1), ``low`` to ``high`` the
    95 % bootstrap interval of the mean, subjects being drawn with all their scans. A score that is not defined is
    empty, with the ``reason``. ``n`` counts the scans.
    """
    rows = []
    groups = {split: [one for _, one in rest.groupby("seed")] for split, rest in predictions.groupby("split")}
    draws = _bootstrap_scores(predictions, groups, bootstrap, seed)
    for measure, (score, undefined) in MEASURES.items():
        values = {}
        for split, tables in groups.items():
            reason = next(filter(None, map(undefined, tables)), "")
            values[split] = np.nan if reason else float(np.mean([score(table) for table in tables]))
            n = predictions["scan"][predictions["split"] == split].nunique()
            rows.append({"measure": measure, "split": split, "value": values[split], "n": n, "reason": reason})
        rows.append({"measure": measure, "split": "all"} | _over_splits(values, draws[measure], predictions))
    rows += _confusion(predictions)
    return pd.DataFrame(rows).assign(model=model).reindex(columns=COLUMNS)


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
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn):
        row["low"], row["high"] = (float(edge) for edge in np.quantile(drawn, [0.025, 0.975]))
    return row


def _bootstrap_scores(predictions, groups, bootstrap, seed):
    """The mean over splits of each measure in every resample of subjects, ``(bootstrap,)`` each; NaN: not defined."""
    if not groups:
        return dict.fromkeys(MEASURES, np.empty(0))
    subjects, place = np.unique(predictions["subject"].to_numpy(dtype=str), return_inverse=True)
    place = pd.Series(place, index=predictions.index)
    generator = np.random.default_rng(seed)
    share = np.full(len(subjects), 1 / len(subjects))
    drawn = generator.multinomial(len(subjects), share, size=bootstrap).astype(float)
    per_split = {measure: [] for measure in MEASURES}
    for tables in groups.values():
        scores = [weighted_scores(table, drawn[:, place[table.index]]) for table in tables]
        for measure, values in per_split.items():
            values.append(_mean_defined([score[measure] for score in scores], bootstrap))
    return {measure: _mean_defined(values, bootstrap) for measure, values in per_split.items()}


def weighted_scores(table, weights):
    """Each measure of one table of n scans under each of many weightings, ``(weightings, n)``; NaN: not defined."""
    label, predicted = table["label"].to_numpy(int), table["predicted"].to_numpy(int)
    probability = table["probability_1"].to_numpy(float)
    one, zero = label == 1, label == 0
    found, spared = weights @ (one & (predicted == 1)), weights @ (zero & (predicted == 0))
    wrong = weights @ (label != predicted)
    total, ones, zeros = weights.sum(1), weights[:, one].sum(1), weights[:, zero].sum(1)
    above = np.sign(probability[one][:, None] - probability[zero][None]) / 2 + 0.5
    concordant = ((weights[:, one] @ above) * weights[:, zero]).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "accuracy": 1 - wrong / total,
            "balanced_accuracy": (found / ones + spared / zeros) / 2,
            "roc_auc": concordant / (ones * zeros),
            "f1": 2 * found / (2 * found + wrong),
        }


def _mean_defined(values, bootstrap):
    values = np.reshape(values, (-1, bootstrap))
    defined = (~np.isnan(values)).sum(0)
    return np.where(defined > 0, np.nansum(values, 0) / np.maximum(defined, 1), np.nan)


def _confusion(predictions):
    parts = [*predictions.groupby("split"), ("all", predictions)]
    return [
        {"measure": f"confusion_{label}_{predicted}", "split": split, "value": int(count), "n": table["scan"].nunique()}
        for split, table in parts
        if len(table)
        for (label, predicted), count in np.ndenumerate(
            confusion_matrix(table["label"].astype(int), table["predicted"].astype(int), labels=[0, 1])
        )
    ]


def _never(table):
    return ""


def _one_class(table):
    return ONE_CLASS if table["label"].nunique() < 2 else ""


def _no_positive(table):
    return "" if (table[["label", "predicted"]] == 1).any(axis=None) else NO_POSITIVE


MEASURES = {
    "accuracy": (lambda table: accuracy_score(table["label"], table["predicted"]), _never),
    "balanced_accuracy": (lambda table: balanced_accuracy_score(table["label"], table["predicted"]), _one_class),
    "roc_auc": (lambda table: roc_auc_score(table["label"], table["probability_1"]), _one_class),
    "f1": (lambda table: f1_score(table["label"], table["predicted"]), _no_positive),
}
