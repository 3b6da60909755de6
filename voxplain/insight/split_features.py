"""Features of every scan of a split by the network that was trained on it."""

import numpy as np
import torch

from voxplain.insight.feature_files import SplitFeatures
from voxplain.insight.features import look
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.predictions import empty_predictions, predicted_outputs, prediction_table
from voxplain.training.trained import read_trained, shown_volumes


def split_features(store, folds, weights, card, *, mask, layer=None, scans=None, device="cpu", batch=8):
    """The `SplitFeatures` of every scan of a split that is in the store: training, validation and held-out ones.

    store, weights, card: paths; folds: a Folds; mask: the experiment's; layer: as `features` takes it; scans: the path
    of the table of scans, for a network that is told covariates. A split without a network has no row, and ``about``
    says why. Raises what `features` raises.
    """
    network, card = read_trained(weights, card)
    about = _about(card, layer)
    rows = folds.table[folds.table["split"] == card["split"]]
    rows = rows[rows["scan"].isin(Volumes(store).scans)].set_index("scan")
    if network is None or rows.empty:
        return no_features(card, card.get("empty") or "none of its scans is in the store", layer)
    volumes = shown_volumes(store, rows.index.tolist(), mask, weights, card)
    covariates = covariates_of(card, scans, volumes.scans)
    if layer is None and covariates is not None:
        about["told"] = list(card["covariates"])
    looked = look(network, volumes, layer, covariates=covariates, device=device, batch=batch)
    votes = None
    if hasattr(network, "votes"):
        _, votes = predicted_outputs(network, volumes, batch, device, covariates)
    groups = rows["group"].tolist() if "group" in rows else None
    target = card.get("target") if card.get("task") == "regression" else None
    beside = {"groups": groups, "votes": votes, "target": target}
    named = volumes.scans, volumes.subjects, rows["label"].tolist()
    table = prediction_table(*named, torch.from_numpy(looked.outputs), card["split"], card["seed"], **beside)
    return SplitFeatures(table.assign(role=rows["role"].to_numpy()), looked.features, looked.latents, about)


def no_features(card, why, layer=None):
    """The SplitFeatures of a network, by its card, that has none: without a row, ``about`` says ``why``."""
    none = empty_predictions(len(card["classes"]) or None).assign(role="")
    return SplitFeatures(none, np.zeros((0, 0), np.float32), None, _about(card, layer) | {"empty": why})


def _about(card, layer):
    return {"split": card["split"], "seed": card["seed"], "layer": layer, "told": []}
