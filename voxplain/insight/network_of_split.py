"""Every trained network of an experiment, beside the scans of its split as it is shown them."""

import logging
from dataclasses import dataclass

import torch
from torch import nn

from voxplain.cohort.folds import read_folds
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


@dataclass(frozen=True)
class NetworkOfSplit:
    """A trained ``network``, its ``card``, and the scans that it learned from and those that its split holds out.

    ``training`` and ``held_out`` are sequences of volumes as the network is shown them, whose ``scans`` and
    ``subjects`` name them; ``covariates`` of both, (n, values), are None of a network that is told none; ``labels`` has
    the label of every scan of the split.
    """

    network: nn.Module
    card: dict
    training: object
    held_out: object
    covariates: tuple[torch.Tensor | None, torch.Tensor | None]
    labels: dict

    @property
    def named(self):
        """Split and seed, as columns of a table."""
        return {"split": self.card["split"], "seed": self.card["seed"]}

    @property
    def file_stem(self):
        """Split and seed, as files are called by them."""
        return f"{self.card['split']}_seed-{self.card['seed']}"


def networks_of_splits(store, folds, weights, cards, *, mask, scans=None):
    """A `NetworkOfSplit` of each pair of ``weights`` and ``cards`` in turn.

    store, folds, weights, cards and scans (the table of all scans, for networks that are told covariates) are paths;
    ``mask`` is what the experiment says. Only scans that were packed count. Passed over, with a line in the log, is a
    split without a network, a training scan or a held-out one.
    """
    folds, packed = read_folds(folds), set(Volumes(store).scans)
    for path, card_path in zip(weights, cards, strict=True):
        network, card = read_trained(path, card_path)
        if network is None:
            log.info("%s, seed %d: not looked at, %s", card["split"], card["seed"], card["empty"])
            continue
        rows = folds.table[(folds.table["split"] == card["split"]) & folds.table["scan"].isin(packed)]
        named = [rows.loc[rows["role"] == role, "scan"].tolist() for role in ("train", "test")]
        if not all(named):
            what = "held out" if named[0] else "learned from"
            log.info("%s, seed %d: not looked at, no scan that is %s was packed", card["split"], card["seed"], what)
            continue
        shown = [shown_volumes(store, one, mask, path, card) for one in named]
        told = tuple(covariates_of(card, scans, one) for one in named)
        yield NetworkOfSplit(network, card, *shown, told, dict(zip(rows["scan"], rows["label"], strict=True)))
