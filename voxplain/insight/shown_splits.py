"""Each network of an experiment beside the scans that it learned from and those that it never saw."""

import logging
from dataclasses import dataclass

import numpy as np
import torch

from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


@dataclass(frozen=True)
class ShownSplit:
    """The ``network`` of a ``card``, and its ``training`` and ``held_out`` `Volumes` as it is shown them.

    ``covariates`` are the pair (n, values) of both that it is told, each None where it is told none; ``labels`` those
    of its training scans, in their order.
    """

    network: torch.nn.Module
    card: dict
    training: Volumes
    held_out: Volumes
    covariates: tuple
    labels: np.ndarray

    @property
    def split(self):
        """Name of the split."""
        return self.card["split"]

    @property
    def seed(self):
        """Seed of the training."""
        return self.card["seed"]


def shown_splits(store, folds, weights, cards, mask, scans=None):
    """Yield the `ShownSplit` of each file of ``weights`` and its card, one in memory at a time.

    folds: Folds; mask: the experiment's; scans: path of the table of scans, for networks that are told covariates.
    A split without a network, a training or a held-out scan in the store is passed over, with a line in the log.
    """
    packed = set(Volumes(store).scans)
    for weights_path, card_path in zip(weights, cards, strict=True):
        network, card = read_trained(weights_path, card_path)
        why = card.get("empty")
        if network is not None:
            rows = folds.table[(folds.table["split"] == card["split"]) & folds.table["scan"].isin(packed)]
            learned, held_out = (rows[rows["role"] == role] for role in ("train", "test"))
            why = _missing(learned, held_out)
        if why:
            log.info("%s, seed %d: not looked into, %s", card["split"], card["seed"], why)
            continue
        names = [part["scan"].tolist() for part in (learned, held_out)]
        volumes = [shown_volumes(store, one, mask, weights_path, card) for one in names]
        told = tuple(covariates_of(card, scans, one) for one in names)
        yield ShownSplit(network, card, *volumes, told, learned["label"].to_numpy())


def _missing(learned, held_out):
    if learned.empty:
        return "none of its training scans is in the store"
    return "none of the scans that it holds out is in the store" if held_out.empty else None
