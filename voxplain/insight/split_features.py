"""Features of every scan of a split by the network that was trained on it, in one file of plain arrays."""

import json
import zipfile
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from voxplain.errors import InputError
from voxplain.insight.features import look
from voxplain.runtime import written_whole
from voxplain.store import Volumes
from voxplain.training.covariates import covariates_of
from voxplain.training.predictions import empty_predictions, predicted_outputs, prediction_table
from voxplain.training.trained import read_trained, shown_volumes

_ARRAYS = ("features", "latents")


@dataclass(frozen=True)
class SplitFeatures:
    """What the network of one split makes of scans it was trained on and of scans it never saw.

    ``table`` has a row for each of n scans: role (train, validation, test) and the columns of a prediction table;
    ``features`` are (n, d) float32, ``latents`` (n, latent) float32, the means of a variational autoencoder, or None.
    ``about`` says split, seed, layer, the names of covariates that are the last features (``told``), and why it is
    empty where it is.
    """

    table: pd.DataFrame
    features: np.ndarray
    latents: np.ndarray | None = None
    about: dict = field(default_factory=dict)

    def of(self, *roles):
        """The same of the scans in ``roles`` alone."""
        kept = self.table["role"].isin(roles).to_numpy()
        latents = None if self.latents is None else self.latents[kept]
        return SplitFeatures(self.table[kept].reset_index(drop=True), self.features[kept], latents, self.about)


def split_features(store, folds, weights, card, *, mask, layer=None, scans=None, device="cpu", batch=8):
    """The `SplitFeatures` of every scan of a split that is in the store: training, validation and held-out ones.

    store, weights, card: paths; folds: a Folds; mask: the experiment's; layer: as `features` takes it; scans: the path
    of the table of scans, for a network that is told covariates. A split without a network has no row, and ``about``
    says why. Raises what `features` raises.
    """
    network, card = read_trained(weights, card)
    about = {"split": card["split"], "seed": card["seed"], "layer": layer, "told": []}
    rows = folds.table[folds.table["split"] == card["split"]]
    rows = rows[rows["scan"].isin(Volumes(store).scans)].set_index("scan")
    classes = len(card["classes"]) or None
    if network is None or rows.empty:
        none = empty_predictions(classes).assign(role="")
        why = card.get("empty") or "none of its scans is in the store"
        return SplitFeatures(none, np.zeros((0, 0), np.float32), None, about | {"empty": why})
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


def write_features(path, found):
    """Leave a SplitFeatures at ``path``, an npz of plain arrays; the same features give the same bytes."""
    columns = {f"table.{name}": _plain(found.table[name]) for name in found.table}
    arrays = {name: getattr(found, name) for name in _ARRAYS if getattr(found, name) is not None}
    about = np.array(json.dumps(found.about | {"columns": list(found.table)}, sort_keys=True))
    with written_whole(path) as part, open(part, "wb") as file:
        np.savez(file, about=about, **arrays, **columns)


def read_features(path):
    """The SplitFeatures in a file that `write_features` left; InputError for a file that is something else."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            table = pd.DataFrame({name: kept[f"table.{name}"] for name in about.pop("columns")})
            latents = kept.get("latents")
            return SplitFeatures(table, kept["features"], latents, about)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: not a file of features ({error}); extract them again") from error


def _plain(column):
    return column.to_numpy(str) if column.dtype == object or pd.api.types.is_string_dtype(column) else column.to_numpy()
