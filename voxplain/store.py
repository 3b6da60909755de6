"""The packed store: every prepared volume of an input in one HDF5 file, made for reading at random.

Layout of ``packed/{input}.h5``, n scans of c channels::

    volumes   (n, c, x, y, z) float16, one volume a chunk, uncompressed unless asked
    scale     (n,) float32    a volume is volumes * scale + offset; (n, c) where there are several channels
    offset    like scale      0 where the volume's range includes 0, so that an empty voxel stays exactly 0
    mask      (n, x, y, z) uint8, 1 in the brain
    affines   (n, 4, 4)       only where each scan lies in a space of its own
    scan, subject, checksum   (n,) text; a checksum covers a scan's names, volume, scale, offset, mask and own affine
    attributes                affine (4, 4), space, format_version, provenance (json), and channels (json, their
                              names) where they are not intensity alone

Where every scan has its own affine, the attribute is that of nobody: voxels of the mean size, the grid's middle at 0.

A store of very many scans is an index over several such files beside it, see shards.py. It has all of the above but
``volumes`` and ``mask``, which lie in the shards, and besides::

    shard, row    (n,) which shard a scan lies in, and its row there
    attributes    shards (json: the file's name and the number of scans of each), shape (json, that of a volume)

Labels are not in it, so that a new label never repacks. Stripping is volume times mask, at reading.
"""

import hashlib
import json
import os
from pathlib import Path

import h5py
import numpy as np
import torch

from voxplain.errors import InputError
from voxplain.runtime import written_whole

FORMAT_VERSION = 1
INTENSITY = "intensity"
AGAIN = "pack this input again"
_PARTS = "volumes", "mask", "scale", "offset", "affines"  # what a checksum covers, in its order


def write_store(path, volumes, affine, space, provenance, compression=None, channels=(INTENSITY,)):
    """Leave a whole, checked store at ``path``; volumes pass one at a time, so memory does not grow with their number.

    ``volumes`` yields ``(scan, subject, data, mask)`` with data ``(x, y, z)`` or ``(channels, x, y, z)`` and mask
    ``(x, y, z)``; with ``affine`` None, a fifth thing, each scan's own affine. ``channels`` are the names of the
    channels; ``compression`` is None or ``"gzip"`` (half the disk, a tenth of the speed). Raises `InputError` for a
    volume that is not finite or of another shape than the first, a scan given twice, and no scan at all.
    """
    with written_whole(path) as part:
        with h5py.File(part, "w", locking=False) as file:
            if _append_all(file, volumes, compression) == 0:
                raise InputError(f"{path}: there is no volume to pack; see the ledger for why each scan was left out")
            common = nobodys(file["affines"][:], file["volumes"].shape[2:]) if affine is None else affine
            file.attrs["affine"] = np.asarray(common, dtype=np.float64)
            file.attrs["space"] = space
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["provenance"] = json.dumps(provenance, sort_keys=True)
            if tuple(channels) != (INTENSITY,):
                file.attrs["channels"] = json.dumps(list(channels))
        verify(part)


def verify(path):
    """The number of scans in a store, each as its checksum says; `InputError` names the first that differs."""
    with Parts(path) as parts:
        for place in range(len(parts.file["scan"])):
            parts.check(place)
        return len(parts.file["scan"])


def opened(path, again=AGAIN):
    """A store's file, open for reading; `InputError`, with what to do ``again``, where it is missing or damaged."""
    try:
        # A chunk is a whole volume and is read whole: HDF5's cache of chunks would only copy it once more.
        file = h5py.File(path, "r", rdcc_nbytes=0, locking=False)
    except OSError as error:
        reason = "there is no such store" if not Path(path).exists() else "the store is cut short or damaged"
        raise InputError(f"{path}: {reason}; {again}") from error
    version = file.attrs.get("format_version")
    if version != FORMAT_VERSION:
        file.close()
        newer = isinstance(version, int | np.integer) and version > FORMAT_VERSION
        todo = "it is of a newer voxplain: read it with that one" if newer else again
        raise InputError(f"{path}: format version {version}, expected {FORMAT_VERSION}; {todo}")
    return file


class Parts:
    """The rows of a store's datasets, each read from the file where it lies: the store's own or one of its shards.

    ``file`` is the store's own, ``shape`` that of a volume, (channels, x, y, z). Raises `InputError` as `opened` does,
    and for a shard that has another number of scans than the index says.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.file = opened(path)
        self._shards = json.loads(self.file.attrs.get("shards", "[]"))
        self._open = {}
        if self._shards:
            self.shape = tuple(json.loads(self.file.attrs["shape"]))
            self._places = list(zip(self.file["shard"][:].tolist(), self.file["row"][:].tolist(), strict=True))
        else:
            self.shape = self.file["volumes"].shape[1:]

    def has(self, name):
        """Whether the store has a dataset of that name."""
        return name in self.file or (bool(self._shards) and name in ("volumes", "mask"))

    def of(self, name, place, *within):
        """The row of dataset ``name`` of the scan at ``place``, or what the further indices ``within`` take of it."""
        if name in self.file:
            return self.file[name][(place, *within)]
        shard, row = self._places[place]
        if shard not in self._open:
            self._open[shard] = self._opened(shard)
        return self._open[shard][name][(row, *within)]

    def check(self, place):
        """Read the scan at ``place`` whole; `InputError` names it where it differs from its checksum."""
        scan, subject, known = (self.file[name].asstr()[place] for name in ("scan", "subject", "checksum"))
        try:
            found = _checksum(scan, subject, *(self.of(name, place) for name in _PARTS if self.has(name)))
            wrong = None if found == known else "differs from its checksum"
        except OSError as error:
            wrong = f"cannot be read ({error})"
        if wrong:
            path, again = (self.path, AGAIN) if not self._shards else self._shard(self._places[place][0])
            raise InputError(f"{path}: {scan} {wrong}; {again}")

    def _shard(self, number):
        # the index goes too: while it is there nobody asks for a shard that is missing
        return self.path.parent / self._shards[number]["name"], f"remove it and {self.path} and run again"

    def _opened(self, number):
        (path, again), expected = self._shard(number), self._shards[number]["scans"]
        file = opened(path, again)
        if (found := len(file["scan"])) != expected:
            file.close()
            raise InputError(f"{path}: {found} scans, expected {expected}; {again}")
        return file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in (*self._open.values(), self.file):
            file.close()


class Volumes:
    """The volumes of a store, in the order of ``scans`` (all of them by default), as float32 tensors.

    ``volumes[i]`` is ``(channels, x, y, z)``; with ``mask="brain"`` it is 0 outside the brain. ``affines`` (n, 4, 4)
    are those of the scans where each lies in a space of its own, else None. The file is opened at the first reading,
    again in each process, so that an instance may be pickled or forked to workers. The first reading of a scan in a
    process holds it against its checksum.
    Raises `InputError` for a scan that the store lacks, and at reading for one that differs from its checksum.
    """

    def __init__(self, path, scans=None, mask="none"):
        if mask not in ("none", "brain"):
            raise ValueError(f'mask is "none" or "brain", not {mask!r}')
        self.path = Path(path)
        self.masked = mask == "brain"
        with Parts(path) as parts:
            file = parts.file
            stored = text(file["scan"])
            subjects = dict(zip(stored, text(file["subject"]), strict=True))
            self.channels, *self.shape = parts.shape
            self.affine = file.attrs["affine"]
            self.channel_names = json.loads(file.attrs.get("channels", f'["{INTENSITY}"]'))
            affines = file["affines"][:] if "affines" in file else None
            self.space = file.attrs["space"]
            self.provenance = json.loads(file.attrs["provenance"])
            checksums = dict(zip(stored, text(file["checksum"]), strict=True))
            self._scale, self._offset = file["scale"][:], file["offset"][:]
        self.shape = tuple(self.shape)
        self.scans = stored if scans is None else list(scans)
        place = {scan: i for i, scan in enumerate(stored)}
        missing = [scan for scan in self.scans if scan not in place]
        if missing:
            raise InputError(f"{path}: no volume of {', '.join(missing)}; leave it out or pack this input again")
        self.subjects = [subjects[scan] for scan in self.scans]
        self.checksums = [checksums[scan] for scan in self.scans]
        self._places = [place[scan] for scan in self.scans]
        self.affines = None if affines is None else affines[self._places]
        self._parts, self._owner, self._checked = None, None, set()

    @property
    def intensities(self):
        """Places of the channels that hold intensities."""
        return [place for place, name in enumerate(self.channel_names) if name == INTENSITY]

    def __len__(self):
        return len(self.scans)

    def __getitem__(self, i):
        place = self._places[i]
        scale, offset = (torch.from_numpy(part[place].reshape(-1, 1, 1, 1)) for part in (self._scale, self._offset))
        volume = torch.from_numpy(self._row("volumes", place)).float().mul_(scale)
        if offset.any():
            volume.add_(offset)
        return volume.mul_(self.mask(i)) if self.masked else volume

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def mask(self, i):
        """The brain of the i-th scan, ``(x, y, z)`` uint8."""
        return torch.from_numpy(self._row("mask", self._places[i]))

    def _row(self, name, place):
        if self._owner != os.getpid():
            self._parts, self._owner, self._checked = Parts(self.path), os.getpid(), set()
        if place not in self._checked:
            self._parts.check(place)
            self._checked.add(place)
        return self._parts.of(name, place)

    def __getstate__(self):
        return self.__dict__ | {"_parts": None, "_owner": None, "_checked": set()}


def _append_all(file, volumes, compression):
    """The number of volumes, each written to an empty store as it comes."""
    text, seen = h5py.string_dtype(), set()
    for i, (scan, subject, data, mask, *affine) in enumerate(volumes):
        data, mask = np.asarray(data, dtype=np.float32), np.asarray(mask)
        data = data[np.newaxis] if data.ndim == 3 else data
        if i == 0:
            options = {"compression": compression, "shuffle": compression is not None}
            _growing(file, "volumes", data.shape, np.float16, **options)
            _growing(file, "mask", data.shape[1:], np.uint8, **options)
            for name in ("scale", "offset"):
                _growing(file, name, data.shape[:1] if len(data) > 1 else (), np.float32)
            if affine:
                _growing(file, "affines", (4, 4), np.float64)
            for name in ("scan", "subject", "checksum"):
                _growing(file, name, (), text)
        _check(scan, data, mask, file["volumes"].shape[1:], seen)
        seen.add(scan)
        packed, scale, offset = _packed(data)
        row = {"volumes": packed, "mask": (mask > 0).astype(np.uint8), "scale": scale, "offset": offset}
        if affine:
            row["affines"] = np.asarray(affine[0], np.float64)
        row |= {"scan": scan, "subject": subject, "checksum": _checksum(scan, subject, *row.values())}
        for name, value in row.items():
            file[name].resize(i + 1, axis=0)
            file[name][i] = value
    return len(seen)


def _growing(file, name, shape, dtype, **options):
    chunk = (1, *shape) if shape else (1024,)
    file.create_dataset(name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunk, **options)


def _check(scan, data, mask, shape, seen):
    if data.shape != shape or mask.shape != shape[1:]:
        raise InputError(
            f"{scan}: shape {data.shape[1:]}, mask {mask.shape}, but the store has {shape[1:]}; prepare it again"
        )
    if not np.isfinite(data).all():
        raise InputError(f"{scan}: the prepared volume has values that are not finite; prepare it again")
    if scan in seen:
        raise InputError(f"{scan}: packed twice; give each scan once")


def _packed(data):
    # Every channel in a range of its own: a log-Jacobian beside intensities of thousands would lose its digits
    axes = (1, 2, 3) if len(data) > 1 else None
    low, high = data.min(axes), data.max(axes)
    offset = np.where(low > 0, low, np.where(high < 0, high, 0)).astype(np.float32)
    shaped = offset.reshape(-1, 1, 1, 1)
    scale = np.abs(data - shaped).max(axes)
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return ((data - shaped) / scale.reshape(-1, 1, 1, 1)).astype(np.float16), scale, offset


def _checksum(scan, subject, *parts):
    digest = hashlib.blake2b(f"{scan}\n{subject}\n".encode(), digest_size=16)
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def nobodys(affines, shape):
    """The affine of a store whose scans have each their own: voxels of the mean size, the middle of the grid at 0."""
    spacing = np.sqrt((affines[:, :3, :3] ** 2).sum(axis=1)).mean(axis=0)
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -spacing * (np.array(shape) - 1) / 2
    return affine


def text(dataset):
    """The values of a dataset of text, as a list."""
    return list(dataset.asstr()[:])
