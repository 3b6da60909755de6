"""The file of maps that one job leaves: a split's held-out scans, one method, and what made them.

HDF5: ``maps`` (n, x, y, z) float32, one map a chunk; where the volumes have several channels, ``channels``
(n, channels, x, y, z), of which ``maps`` are the sums (see `over_channels`); where each scan lies in a space of its
own, ``affines`` (n, 4, 4); ``scan``, ``subject`` text; ``label``, ``predicted``, ``target`` whole numbers, of a
regression the first two amounts (float64); ``score`` what the network gave; ``notes`` what the method said of each scan
beside its map, JSON. Attributes: ``affine`` (4, 4) of the grid, ``format_version`` (files without one are of version 1
too), and everything in ``about``, text as it is and anything else as ``json:`` and its JSON. Every map carries HDF5's
Fletcher-32 checksum, so that one which was changed on the disk is named and not shown.
"""

import json
from dataclasses import dataclass

import h5py
import numpy as np

from voxplain.errors import InputError
from voxplain.runtime import written_whole

# a hash such as 1234e5678901 is text, though it reads as a number
_JSON = "json:"
FORMAT_VERSION = 1
_OWN = "affine", "format_version"


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
    channels: "MapsOnDisk | None" = None
    affines: np.ndarray | None = None
    notes: list = ()

    def __len__(self):
        return len(self.scan)


class MapsOnDisk:
    """``maps[i]``, ``maps[2:5]`` and iteration as of an array (n, x, y, z) float32; opens the file at each reading."""

    dtype = np.dtype("float32")

    def __init__(self, path, shape, name="maps"):
        self.path, self.shape, self.name = path, shape, name

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, index):
        with h5py.File(self.path, "r", locking=False) as file:
            return checked(file, self.name, index)

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def __array__(self, dtype=None, copy=None):
        return self[:].astype(dtype or self.dtype, copy=False)


def write_maps(
    path, scans, subjects, labels, predicted, maps, affine, about, targets=None, scores=None, affines=None, notes=None
):
    """Write a file of maps, which appears whole or not at all.

    ``maps`` is an array (n, x, y, z) or an iterable of n arrays (x, y, z) or (channels, x, y, z), read one at a time; a
    split without held-out scans is an array (0, x, y, z). ``targets`` are the predicted classes by default; ``affines``
    (n, 4, 4) the scans' own, where they share no space; ``notes`` a dictionary for each scan, which may be filled while
    the maps are read. Raises InputError when the numbers of scans and maps differ.
    """
    columns = {"scan": scans, "subject": subjects, "label": labels, "predicted": predicted}
    columns["target"] = predicted if targets is None else targets
    columns["score"] = np.full(len(scans), np.nan) if scores is None else scores
    for name, values in columns.items():
        if len(values) != len(scans):
            raise InputError(f"{path}: {len(values)} values of {name} for {len(scans)} scans; give one each")
    with written_whole(path) as part, h5py.File(part, "w", locking=False) as file:
        for name, values in columns.items():
            file.create_dataset(name, data=_column(name, values))
        _write_volumes(file, path, maps, len(scans))
        if affines is not None:
            file.create_dataset("affines", data=np.asarray(affines, float))
        if notes:
            told = [json.dumps(one, sort_keys=True) for one in notes]
            file.create_dataset("notes", data=np.array(told, dtype=h5py.string_dtype()))
        file.attrs["affine"] = np.asarray(affine, float)
        file.attrs["format_version"] = FORMAT_VERSION
        for name, value in about.items():
            file.attrs[name] = value if isinstance(value, str) else _JSON + json.dumps(value, sort_keys=True)


def checked(file, name, index):
    """What ``file[name][index]`` is; `InputError` names the scans where the disk no longer holds what was written."""
    try:
        return file[name][index]
    except OSError as error:
        asked = [one.decode() for one in np.atleast_1d(file["scan"][index])]
        whose = asked[0] if len(asked) == 1 else f"one of {asked[0]} to {asked[-1]}"
        raise InputError(f"{file.filename}: the map of {whose} differs from its checksum; explain again") from error


def over_channels(maps):
    """One map (x, y, z) of ``maps`` (channels, x, y, z): their sum; the one that all are, where a method parts none."""
    if len(maps) > 1 and (maps == maps[0]).all():
        return maps[0]
    # from 0 on, as torch adds, so that no voxel is a negative zero
    return maps.sum(0, initial=0)


def read_maps(path):
    """The ``Maps`` of a file that ``write_maps`` wrote; InputError when it is not one, or of a newer format."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            text = {name: [one.decode() for one in file[name][:]] for name in ("scan", "subject")}
            numbers = {name: file[name][:] for name in ("label", "predicted", "target", "score")}
            about = {name: _read(value) for name, value in file.attrs.items() if name not in _OWN}
            version = int(file.attrs.get("format_version", FORMAT_VERSION))
            if version > FORMAT_VERSION:
                raise InputError(
                    f"{path}: format version {version}, expected {FORMAT_VERSION}; read it with the newer voxplain "
                    "that wrote it or explain again"
                )
            return Maps(
                **text,
                **numbers,
                maps=MapsOnDisk(path, file["maps"].shape),
                affine=file.attrs["affine"],
                about=about,
                channels=MapsOnDisk(path, file["channels"].shape, "channels") if "channels" in file else None,
                affines=file["affines"][:] if "affines" in file else None,
                notes=[json.loads(one) for one in file["notes"][:]] if "notes" in file else [{} for _ in text["scan"]],
            )
    except (OSError, KeyError) as fault:
        raise InputError(f"{path}: not a file of maps ({fault}); explain again") from None


def _column(name, values):
    if name in ("scan", "subject"):
        return np.array([str(value) for value in values], dtype=h5py.string_dtype())
    values = np.asarray(values)
    amounts = name == "score" or (name in ("label", "predicted") and values.dtype.kind == "f")
    return values.astype("float64" if amounts else "int64")


def _write_volumes(file, path, maps, count):
    if count == 0:
        shape = np.shape(maps) if len(np.shape(maps)) == 4 else (0, 0, 0, 0)
        file.create_dataset("maps", shape, "float32")
        return
    written = 0
    for one in maps:
        one = np.asarray(one, "float32")
        parts = {"maps": one if one.ndim == 3 else over_channels(one)}
        if one.ndim == 4 and len(one) > 1:
            parts["channels"] = one
        for name, part in parts.items():
            if written == 0:
                file.create_dataset(name, (count, *part.shape), "float32", chunks=(1, *part.shape), fletcher32=True)
            if written < count:
                file[name][written] = part
        written += 1
    if written != count:
        raise InputError(f"{path}: {written} maps for {count} scans; give one each")


def _read(value):
    return json.loads(value.removeprefix(_JSON)) if value.startswith(_JSON) else value
