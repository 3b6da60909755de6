"""How often a score so good comes from labels that were dealt out anew, the predictions being fixed."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from voxplain.training.scores.classes import one_hot
from voxplain.training.scores.columns import (
    class_count,
    class_of,
    groups_of,
    mean_defined,
    probabilities_of,
    repeats_of,
)

KIND = "fixed predictions"


def permutation_p(predictions, permutations=1000, seed=1):
    """One-sided p-values, ``{measure: p}``: the share of permutations, the true labels among them, that score as well.

    Labels change hands among groups that the same splits hold out; nothing is trained again, so what is tested is that
    these predictions know nothing of the labels, and not how well a training does by chance (Ojala and Garriga 2010).
    Where the cross-validation was repeated, the first repeat is tested: predictions of one scan do not multiply.
    """
    repeats = repeats_of(predictions)
    first = predictions[repeats == min(repeats, default="")].reset_index(drop=True)
    if first.empty:
        return {}
    scans = _scans(first)
    labels = permuted_labels(scans, permutations, seed)
    place = pd.Series(np.arange(len(scans)), index=scans["scan"])
    scored = _class_values if class_count(first) else _amount_values
    of_splits = []
    for _, split in first.groupby("split"):
        of_seeds = [scored(table, labels[:, place[table["scan"]]]) for _, table in split.groupby("seed")]
        of_splits.append({measure: mean_defined([one[measure] for one in of_seeds]) for measure in of_seeds[0]})
    values = {measure: mean_defined([one[measure] for one in of_splits]) for measure in of_splits[0]}
    return {measure: _share(drawn) for measure, drawn in values.items() if not np.isnan(drawn[0])}


def permuted_labels(scans, permutations, seed):
    """The labels of ``scans`` (scan, group, stratum, label) dealt out anew, ``(1 + permutations, scans)``.

    The first row holds the true ones.
    Within a stratum, groups of one label each exchange it; where the label changes within a group, groups of equally
    many scans exchange all theirs, in order.
    """
    generator = np.random.default_rng(seed)
    true = scans["label"].to_numpy(float)
    labels = np.tile(true, (1 + permutations, 1))
    for members in scans.groupby("stratum").indices.values():
        blocks = list(scans.iloc[members].groupby("group").indices.values())
        blocks = [members[block] for block in blocks]
        alike = all(len(np.unique(true[block])) == 1 for block in blocks)
        for size in {0} if alike else {len(block) for block in blocks}:
            same = blocks if alike else [block for block in blocks if len(block) == size]
            order = generator.permuted(np.tile(np.arange(len(same)), (permutations, 1)), axis=1)
            for taker, block in enumerate(same):
                given = [true[one[:1]] if alike else true[one] for one in same]
                labels[1:, block] = np.stack(given)[order[:, taker]]
    return labels


def _scans(rows):
    rows = rows.assign(group=groups_of(rows))
    stratum = rows.groupby("group")["split"].agg(lambda splits: " ".join(sorted(set(splits))))
    scans = rows.drop_duplicates("scan").sort_values("scan", ignore_index=True)[["scan", "group", "label"]]
    return scans.assign(stratum=scans["group"].map(stratum))


def _class_values(table, labels):
    predicted, probabilities = class_of(table, "predicted"), probabilities_of(table)
    classes = probabilities.shape[1]
    called = one_hot(predicted, classes)
    recalls, areas = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for one in range(classes):
            positive = labels == one
            ones = positive.sum(1)
            recalls.append(positive @ called[:, one] / ones)
            ranks = positive @ rankdata(probabilities[:, one])
            areas.append((ranks - ones * (ones + 1) / 2) / (ones * (len(table) - ones)))
        recalls = np.where((~np.isnan(recalls)).sum(0) > 1, recalls, np.nan)
    return {
        "accuracy": (labels == predicted).mean(1),
        "balanced_accuracy": mean_defined(recalls),
        "roc_auc": areas[1] if classes == 2 else np.mean(areas, 0),
    }


def _amount_values(table, labels):
    """Each so that more is better."""
    miss = labels - table["predicted"].to_numpy(float)
    spread = ((labels - labels.mean(1, keepdims=True)) ** 2).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        r2 = np.where(spread > 0, 1 - (miss**2).sum(1) / np.where(spread > 0, spread, 1), np.nan)
    return {"mae": -np.abs(miss).mean(1), "rmse": -np.sqrt((miss**2).mean(1)), "r2": r2}


def _share(values):
    return float((values >= values[0] - 1e-12 * max(1, abs(values[0]))).sum() / (~np.isnan(values)).sum())
