"""What every network of an experiment says of the scans that it may judge."""

import logging

import pandas as pd

from voxplain.store import Volumes
from voxplain.training.predictions import empty_predictions, judged
from voxplain.training.trained import read_trained, shown_volumes

log = logging.getLogger("voxplain")


def predictions_of(store, folds, weights, cards, scans, *, mask, classes, device="cpu"):
    """One row for each scan, split and seed, as `prediction_table`: what a network says of the scans of its test.

    ``folds``, Folds, name as each split's test the scans that its networks never saw; ``weights`` and ``cards`` are
    files, ``classes`` the names of the classes, none for a regression; ``scans`` is the table of the scans, for
    networks that take covariates.
    """
    packed, tables = set(Volumes(store).scans), []
    for weights_path, card_path in zip(weights, cards, strict=True):
        network, card = read_trained(weights_path, card_path)
        if network is None:
            log.info("%s, seed %d: no prediction, %s", card["split"], card["seed"], card["empty"])
            continue
        rows = folds.table[(folds.table["split"] == card["split"]) & (folds.table["role"] == "test")]
        shown = [scan for scan in rows["scan"] if scan in packed]
        if not shown:
            log.info("%s, seed %d: no prediction, there is no scan that it may judge", card["split"], card["seed"])
            continue
        volumes = shown_volumes(store, shown, mask, weights_path, card)
        tables.append(judged(network, card, volumes, rows, scans, device))
    return pd.concat(tables, ignore_index=True) if tables else empty_predictions(len(classes) or None)
