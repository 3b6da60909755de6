"""Twins of a training for the data-randomisation test: the same network on true labels and on permuted ones.

A map that is the same whether the labels were true or dealt out anew shows the image and not what was learned (Adebayo
et al., Sanity Checks for Saliency Maps, NeurIPS 2018). All arms are trained alike, until they know their scans by
heart: no early stopping, dropout or augmentation, and the last epoch is kept.
"""

import pandas as pd

from voxplain.cohort.folds import read_folds
from voxplain.errors import InputError
from voxplain.settings.overlay import laid_over
from voxplain.store import Volumes
from voxplain.training.arm_table import PERMUTED, TRUE
from voxplain.training.devices import chosen_device
from voxplain.training.normalisation import normalised
from voxplain.training.one_split import train_split
from voxplain.training.predictions import judged
from voxplain.training.scores.amounts import amount_scores
from voxplain.training.scores.classes import class_scores
from voxplain.training.scores.columns import groups_of
from voxplain.training.scores.permutation import permuted_labels
from voxplain.training.streams import stream
from voxplain.training.trained import built

BY_HEART = {"augmentation": {}, "training.patience": None, "training.keep": "last"}
MEASURES = "accuracy", "balanced_accuracy", "roc_auc", "mae", "r2"


def arm_labels(rows, arm, split, seed):
    """Labels by scan that an arm trains on, of ``rows``, the training scans of a split with scan, label and group.

    They are permuted among groups: those of one label each exchange it; where it changes within a group, groups of
    equally many scans exchange all theirs. The permutation follows from the arm, the split and the seed alone.
    Raises `InputError` for an arm that is not there.
    """
    number = arm.removeprefix(PERMUTED)
    if arm != TRUE and not (arm.startswith(PERMUTED) and number.isdigit()):
        raise InputError(f'no arm is called "{arm}"; use {TRUE} or {PERMUTED}1, {PERMUTED}2 and so on')
    if arm == TRUE:
        return dict(zip(rows["scan"], rows["label"], strict=True))
    scans = rows.assign(group=groups_of(rows), stratum="").sort_values("scan", ignore_index=True)
    labels = permuted_labels(scans, 1, stream(seed, int(number), *split.encode()))[1]
    return dict(zip(scans["scan"], labels.astype(rows["label"].dtype).tolist(), strict=True))


def train_arm(store, folds, split, seed, arm, *, experiment, training=None, scans=None, **rest):
    """The `OneSplit` of an arm, whose card names it and has its ``scores``, one for each measure.

    ``training`` is laid over the experiment's own, of all arms alike; the other arguments are those of `train_split`.
    Only labels of training scans are permuted. ``scores`` are of the last epoch, in evaluation mode: ``training`` by
    the labels that the arm was trained on, ``held_out`` by the true ones.
    """
    experiment = laid_over(experiment, rest.pop("chosen", None) or {})
    experiment = laid_over(experiment, {f"training.{key}": value for key, value in (training or {}).items()})
    packed, table = Volumes(store).scans, read_folds(folds).table
    rows = table[(table["split"] == split) & table["scan"].isin(packed)]
    learned = rows[rows["role"] == "train"]
    labels = arm_labels(learned, arm, split, seed)
    one = train_split(
        store,
        folds,
        split,
        seed,
        experiment=laid_over(experiment, BY_HEART),
        scans=scans,
        relabelled=labels,
        dropout=False,
        arm=arm,
        **rest,
    )
    if one.weights is None:
        return one
    known = learned.assign(label=learned["scan"].map(labels))
    shown = known, rows[rows["role"] == "test"]
    one.card["scores"] = arm_scores(one, store, *shown, scans, chosen_device(experiment["device"]))
    return one


def arm_scores(one, store, learned, held_out, scans=None, device="cpu"):
    """Scores of a trained arm, one row a measure: ``training`` and ``held_out``, None with a ``reason`` if undefined.

    ``learned`` and ``held_out`` are rows of the folds, ``scans`` the table of the covariates.
    """
    network, kind = built(one.card), one.card.get("normalisation", "none")
    network.load_state_dict(one.weights)
    beside = pd.read_csv(scans, sep="\t", dtype={"scan": str, "subject": str}) if scans else None
    scored = []
    for rows in (learned, held_out):
        volumes = normalised(Volumes(store, rows["scan"].tolist(), one.card["mask"]), kind, one.fitted)
        told = judged(network, one.card, volumes, rows, beside, device)
        scored.append((class_scores if one.card["classes"] else amount_scores)(told))
    found = []
    for measure in [name for name in MEASURES if name in scored[0]]:
        values = [None if reason else value for value, reason in (part[measure] for part in scored)]
        reason = next((part[measure][1] for part in scored if part[measure][1]), "")
        found.append({"measure": measure, "training": values[0], "held_out": values[1], "reason": reason})
    return found
