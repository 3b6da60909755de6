"""Features of every scan of a split in one file of plain arrays, and what is said of each scan beside them."""

import json
import zipfile
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from voxplain.errors import InputError
from voxplain.runtime import written_whole

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
