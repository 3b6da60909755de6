"""The file of maps that one job leaves: a split's held-out scans, one method, and what made them.

HDF5: ``maps`` (n, x, y, z) float32, one map a chunk; ``scan``, ``subject`` text; ``label``, ``predicted``, ``target``
whole numbers; ``score`` what the network gave. Attributes: ``affine`` (4, 4) of the grid, and everything in ``about``,
text as it is and anything else as ``json:`` and its JSON.
"""

import json
from dataclasses import dataclass

import h5py
import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import written_whole

# a hash such as 1234e5678901 is text, though it reads as a number
_JSON = "json:"


@dataclass(frozen=True)
class Maps:
    """The maps of one file; ``maps`` reads from it only what is asked of it."""

    scan: list
    subject: list
    label: np.ndarray
    predicted: np.ndarray
    target: np.ndarray
    score: np.ndarray
    maps: "MapsOnDisk"
    affine: np.ndarray
    about: dict

    def __len__(self):
        return len(self.scan)


class MapsOnDisk:
    """``maps[i]``, ``maps[2:5]`` and iteration as of an array (n, x, y, z) float32; opens the file at each reading."""

    dtype = np.dtype("float32")

    def __init__(self, path, shape):
        self.path, self.shape = path, shape

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        with h5py.File(self.path, "r") as file:
            return file["maps"][index]

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or self.dtype, copy=False)


def write_maps(path, scans, subjects, labels, predicted, maps, affine, about, targets=None, scores=None):
    """Write a file of maps, which appears whole or not at all.

    ``maps`` is an array (n, x, y, z) or an iterable of n arrays (x, y, z), read one at a time; a split without
    held-out scans is an array (0, x, y, z). ``targets`` are the predicted classes by default. Raises InputError when
    the numbers of scans and maps differ.
    """
    columns = {"scan": scans, "subject": subjects, "label": labels, "predicted": predicted}
    columns["target"] = predicted if targets is None else targets
    columns["score"] = np.full(len(scans), np.nan) if scores is None else scores
    for name, values in columns.items():
        if len(values) != len(scans):
            raise InputError(f"{path}: {len(values)} values of {name} for {len(scans)} scans; give one each")
    with written_whole(path) as part, h5py.File(part, "w") as file:
        for name, values in columns.items():
            file.create_dataset(name, data=_column(name, values))
        _write_volumes(file, path, maps, len(scans))
        file.attrs["affine"] = np.asarray(affine, float)
        for name, value in about.items():
            file.attrs[name] = value if isinstance(value, str) else _JSON + json.dumps(value, sort_keys=True)


def read_maps(path):
    """The ``Maps`` of a file that ``write_maps`` wrote; InputError when it is not one."""
    try:
        with h5py.File(path, "r") as file:
            text = {name: [one.decode() for one in file[name][:]] for name in ("scan", "subject")}
            numbers = {name: file[name][:] for name in ("label", "predicted", "target", "score")}
            about = {name: _read(value) for name, value in file.attrs.items() if name != "affine"}
            return Maps(
                **text,
                **numbers,
                maps=MapsOnDisk(path, file["maps"].shape),
                affine=file.attrs["affine"],
                about=about,
            )
    except (OSError, KeyError) as fault:
        raise InputError(f"{path}: not a file of maps ({fault}); explain again") from None


def _column(name, values):
    if name in ("scan", "subject"):
        return np.array([str(value) for value in values], dtype=h5py.string_dtype())
    return np.asarray(values, "float64" if name == "score" else "int64")


def _write_volumes(file, path, maps, count):
    if count == 0:
        shape = np.shape(maps) if len(np.shape(maps)) == 4 else (0, 0, 0, 0)
        file.create_dataset("maps", shape, "float32")
        return
    written = 0
    for one in maps:
        one = np.asarray(one, "float32")
        if written == 0:
            file.create_dataset("maps", (count, *one.shape), "float32", chunks=(1, *one.shape))
        if written < count:
            file["maps"][written] = one
        written += 1
    if written != count:
        raise InputError(f"{path}: {written} maps for {count} scans; give one each")


def _read(value):
    return json.loads(value.removeprefix(_JSON)) if value.startswith(_JSON) else value
