"""One network trained for one split: what it may see, what is fitted on it, and the card that tells of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from voxplain.cohort.folds import read_folds
from voxplain.settings.overlay import laid_over
from voxplain.store import Volumes
from voxplain.training.augmentation import augmentation_of
from voxplain.training.covariates import covariate_values, fitted_covariates
from voxplain.training.devices import chosen_device, memory_format
from voxplain.training.loop import fit, history_table
from voxplain.training.normalisation import fitted, normalised
from voxplain.training.objectives import objective_of, task_of
from voxplain.training.pieces import Pieces
from voxplain.training.trained import built

# what a network does not see of the brain is told by some masks as well as by all
MASKS_ASKED = 8
ON_CARD = "input", "mask", "network", "training", "augmentation"


@dataclass(frozen=True)
class OneSplit:
    """What a training leaves: ``weights`` (None where the card says ``empty``), ``rows`` (one an epoch), ``card``,
    and ``fitted``, the tensors that its normalisation learnt from the training scans."""

    weights: dict | None
    rows: pd.DataFrame
    card: dict
    fitted: dict


def train_split(
    store,
    folds,
    split,
    seed,
    *,
    name,
    experiment,
    classes,
    scans=None,
    chosen=None,
    start=None,
    relabelled=None,
    dropout=True,
    arm=None,
    code="",
    history=None,
    checkpoint=None,
    kept=None,
):
    """The trained network of ``split``, its history, its card and what was fitted, as an `OneSplit`.

    It never sees the scans that the split holds out, nor does anything that is fitted, which sees the training scans
    alone. ``classes`` are their names, none for a regression; ``scans`` is the table of the covariates; ``chosen`` is
    laid over ``experiment``, by dotted names (``{"training.learning_rate": 1e-4}``); ``start`` is a state dict that the
    network's ``features`` begin with; ``relabelled`` gives training scans other labels; ``arm``, which goes on the
    card, names what is done with it; without ``dropout`` nothing is dropped. ``checkpoint``, ``history`` and ``kept``
    are where `fit` leaves what it leaves on its way.
    Weights are None, with the reason on the card, where none of the held-out scans was packed.
    """
    experiment = laid_over(experiment, chosen or {})
    folds, packed = read_folds(folds), Volumes(store)
    train, validation, test = ([scan for scan in one if scan in packed.scans] for one in folds.roles(split))
    card = _card(packed, experiment) | {
        "experiment": name,
        "split": split,
        "seed": seed,
        "task": task_of(classes),
        "classes": list(classes),
        "scans": {"train": len(train), "validation": len(validation), "test": len(test)},
    }
    if arm:
        card |= {"arm": arm}
    settings = experiment["training"]
    if not test:
        empty = {"empty": "every scan that this split holds out was left out"}
        return OneSplit(None, history_table([], settings.get("keep", "loss"), card["task"]), card | empty, {})
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True)) | (relabelled or {})
    train_labels, validation_labels = ([labels[scan] for scan in one] for one in (train, validation))
    if not classes:
        card |= {"target": objective_of(0, train_labels).target}
    covariates = None, None
    if experiment.get("covariates"):
        table = pd.read_csv(scans, sep="\t", dtype={"scan": str, "subject": str})
        card |= {"covariates": fitted_covariates(experiment["covariates"], table, train)}
        covariates = tuple(covariate_values(card["covariates"], table, one) for one in (train, validation))
    seen, unseen = (Volumes(store, one, experiment["mask"]) for one in (train, validation))
    kind = experiment.get("normalisation", "none")
    normalisation = fitted(kind, seen, experiment.get("normalisation_scans"), split.encode())
    torch.manual_seed(seed)
    network = built(card, brain=_brain(seen))
    card |= {"seen": network.seen, "unseen_brain": round(network.unseen_brain, 4)}
    if start:
        network.features.load_state_dict(start)
        card |= {"pretrain": experiment.get("pretrain", {})}
    if not dropout:
        undropped(network)
    pieces = Pieces()
    weights, rows = fit(
        network,
        normalised(seen, kind, normalisation),
        train_labels,
        normalised(unseen, kind, normalisation),
        validation_labels,
        seed=seed,
        settings=settings,
        classes=len(classes),
        covariates=covariates,
        augmentation=augmentation_of(experiment["augmentation"], train=seen, labels=train_labels),
        device=chosen_device(experiment["device"]),
        memory_format=memory_format(experiment["network"]["name"]),
        checkpoint=checkpoint,
        history=history,
        kept=kept,
        code=code,
        pieces=pieces,
    )
    if pieces.most:
        card |= {"scans_at_once": pieces.most}
    best = int(rows.loc[rows["best"].eq(1), "epoch"].item())
    return OneSplit(weights, rows, card | {"best_epoch": best}, normalisation)


def undropped(network):
    """Let every dropout layer of ``network`` drop nothing, in training too."""
    for module in network.modules():
        if isinstance(module, torch.nn.modules.dropout._DropoutNd):
            module.p = 0.0


def _brain(volumes):
    """Where the brain lies, (x, y, z): the mean of the first masks."""
    masks = [volumes.mask(place).numpy() for place in range(min(len(volumes), MASKS_ASKED))]
    return np.mean(masks or [0], axis=0)


def _card(packed, experiment):
    """What the card says of the volumes and of the settings."""
    card = {key: experiment[key] for key in ON_CARD} | {"input_shape": packed.shape, "space": packed.space}
    if experiment["training"].get("preset"):
        card |= {"preset": experiment["training"]["preset"]}
    if packed.channels > 1:
        card |= {"channels": packed.channels, "channel_names": packed.channel_names}
    if experiment.get("normalisation", "none") != "none":
        card |= {key: experiment.get(key) for key in ("normalisation", "normalisation_scans")}
    return card
