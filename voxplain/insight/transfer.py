"""What pretraining brought: an encoder's arm against the same network begun at random, on the same folds.

Training that starts elsewhere may end better, learn faster, or begin better and come to the same (Taylor and Stone,
Transfer learning for reinforcement learning domains: a survey, JMLR 2009).
"""

import numpy as np
import pandas as pd

from voxplain.baselines.comparison import AMOUNT_MEASURES, CLASS_MEASURES
from voxplain.baselines.paired import is_better, paired_differences
from voxplain.errors import InputError
from voxplain.training.scores.columns import class_count
from voxplain.training.scores.table import score_predictions

ARMS = ("pretrained", "anew")
_RUNNING = ("running_mean", "running_var", "num_batches_tracked")


def transfer_table(pretrained, anew, bootstrap=1000, seed=1):
    """A row for each measure of two tables of predictions: both arms, and the paired difference between them.

    ``pretrained`` and ``anew`` with ``_low`` and ``_high``: mean over splits and its 95 % bootstrap interval, as in the
    table of scores. ``difference`` with ``low`` and ``high`` is pretrained minus anew on the ``scans`` of both, the
    same groups being drawn for both; ``better`` is yes, no, undecided (0 lies in the interval) or undefined. ``splits``
    have a score in both arms, in ``splits_better`` of them the pretrained arm's is better, and ``sd`` (ddof 1) is that
    of their differences. ``paired_by`` is scan where the arms went by different folds, so that a split compares
    nothing.
    Raises `InputError` where one arm tells classes and the other an amount, or other classes.
    """
    kinds = [class_count(table) for table in (pretrained, anew)]
    if kinds[0] != kinds[1]:
        told = [f"{kind} classes" if kind else "an amount" for kind in kinds]
        raise InputError(f"the pretrained arm tells {told[0]}, the other {told[1]}; compare experiments of one label")
    measures = CLASS_MEASURES if kinds[0] else AMOUNT_MEASURES
    scores = [score_predictions(table, "", bootstrap, seed, permutations=1) for table in (pretrained, anew)]
    differences, scans, pairing = paired_differences(pretrained, anew, measures, bootstrap, seed)
    rows = []
    for measure in measures:
        row, of_splits = {"measure": measure}, []
        for arm, table in zip(ARMS, scores, strict=True):
            own = table[table["measure"] == measure].set_index("split")
            whole = own.loc["all"]
            row |= {arm: whole["value"], f"{arm}_low": whole["low"], f"{arm}_high": whole["high"]}
            of_splits.append(own["value"].drop("all").astype(float))
        one = differences[measure]
        row |= {"difference": one.value, "low": one.low, "high": one.high, "better": one.better, "scans": scans}
        rows.append(row | _over_splits(measure, *of_splits, pairing) | {"paired_by": pairing})
    return pd.DataFrame(rows)


def learning_table(pretrained, anew):
    """A row for each split of two dicts of histories, ``{split: table of epochs}``: how fast each arm learnt.

    By the loss on validation scans: ``first_loss`` after one epoch, ``best_loss`` and its ``best_epoch``, each
    ``_pretrained`` and ``_anew``; ``jump_start``, by how much the first loss was lower than that of the arm begun anew;
    and ``epochs_to_match``, the first epoch at which the pretrained arm was as good as the other ever was, empty where
    it never was. NaN where there are no validation scans.
    """
    rows = []
    for split in (one for one in pretrained if one in anew):
        row, curves = {"split": split}, []
        for arm, history in zip(ARMS, (pretrained[split], anew[split]), strict=True):
            loss = history.set_index("epoch")["validation_loss"].astype(float).dropna()
            row[f"first_loss_{arm}"] = loss.iloc[0] if len(loss) else np.nan
            row[f"best_loss_{arm}"] = loss.min()
            row[f"best_epoch_{arm}"] = loss.idxmin() if len(loss) else np.nan
            curves.append(loss)
        row["jump_start"] = row["first_loss_anew"] - row["first_loss_pretrained"]
        reached = curves[0].index[curves[0] <= row["best_loss_anew"]]
        rows.append(row | {"epochs_to_match": reached[0] if len(reached) else np.nan})
    names = [f"{one}_{arm}" for one in ("first_loss", "best_loss", "best_epoch") for arm in ARMS]
    return pd.DataFrame(rows, columns=["split", *names, "jump_start", "epochs_to_match"])


def moved_weights(start, weights, prefix="features."):
    """A row for each weight of the encoder's state dict ``start``: how far training took it from there.

    ``distance`` is the norm of the change over that of the start, and ``cosine`` that of the angle between the two
    (1: only its length changed), NaN for a start of zeros. ``weights`` is the trained network's state dict, in which
    the encoder's names have ``prefix``. Raises `InputError` where it is of another network.
    """
    rows = []
    for name, first in start.items():
        if name.rpartition(".")[2] in _RUNNING:
            continue
        last = weights.get(prefix + name)
        if last is None or last.shape != first.shape:
            raise InputError(
                f"{prefix}{name}: the trained network has no such weight of that shape; give its own start"
            )
        first, last = (one.detach().cpu().double().numpy().ravel() for one in (first, last))
        length, both = np.linalg.norm(first), np.linalg.norm(first) * np.linalg.norm(last)
        distance = np.linalg.norm(last - first) / length if length else np.nan
        rows.append({"weight": name, "values": first.size, "distance": distance})
        rows[-1]["cosine"] = first @ last / both if both else np.nan
    return pd.DataFrame(rows, columns=["weight", "values", "distance", "cosine"])


def _over_splits(measure, one, other, pairing):
    """Of the splits in which both have a score: their number, in how many the first is better, how much that varies."""
    splits = [split for split in one.index if split in other.index] if pairing == "split" else []
    pairs = pd.DataFrame({"one": one[splits], "other": other[splits]}).dropna()
    ahead = sum(is_better(measure, *pair) for pair in pairs.itertuples(index=False))
    sd = (pairs["one"] - pairs["other"]).std(ddof=1)
    return {"splits": len(pairs), "splits_better": int(ahead), "sd": float(sd)}
