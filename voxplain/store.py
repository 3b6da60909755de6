"""The packed store: every prepared volume of an input in one HDF5 file, made for reading at random.

Layout of ``packed/{input}.h5``, n scans of c channels::

    volumes   (n, c, x, y, z) float16, one volume a chunk, uncompressed unless asked
    scale     (n,) float32    a volume is volumes * scale + offset
    offset    (n,) float32    0 where the volume's range includes 0, so that an empty voxel stays exactly 0
    mask      (n, x, y, z) uint8, 1 in the brain
    scan, subject, checksum   (n,) text; a checksum covers a scan's names, volume, scale, offset and mask
    attributes                affine (4, 4), space, format_version, provenance (json)

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


def write_store(path, volumes, affine, space, provenance, compression=None):
    """Leave a whole, checked store at ``path``; volumes pass one at a time, so memory does not grow with their number.

    ``volumes`` yields ``(scan, subject, data, mask)`` with data ``(x, y, z)`` or ``(channels, x, y, z)`` and mask
    ``(x, y, z)``; ``compression`` is None or ``"gzip"`` (half the disk, a tenth of the speed). Raises `InputError`
    for a volume that is not finite or of another shape than the first, a scan given twice, and no scan at all.
    """
    with written_whole(path) as part:
        with h5py.File(part, "w") as file:
            if _append_all(file, volumes, compression) == 0:
                raise InputError(f"{path}: there is no volume to pack; see the ledger for why each scan was left out")
            file.attrs["affine"] = np.asarray(affine, dtype=np.float64)
            file.attrs["space"] = space
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["provenance"] = json.dumps(provenance, sort_keys=True)
        verify(part)


def verify(path):
    """The number of scans in a store, each as its checksum says; `InputError` names the first that differs."""
    with opened(path) as file:
        for i, (scan, subject) in enumerate(zip(_text(file["scan"]), _text(file["subject"]), strict=True)):
            try:
                found = _checksum(
                    scan, subject, file["volumes"][i], file["mask"][i], file["scale"][i], file["offset"][i]
                )
            except OSError as error:
                raise InputError(f"{path}: {scan} cannot be read ({error}); pack this input again") from error
            if found != file["checksum"].asstr()[i]:
                raise InputError(f"{path}: {scan} differs from its checksum; pack this input again")
        return len(file["scan"])


def opened(path):
    """A store's file, open for reading; `InputError` where it is missing, cut short or of another format."""
    try:
        # A chunk is a whole volume and is read whole: HDF5's cache of chunks would only copy it once more.
        file = h5py.File(path, "r", rdcc_nbytes=0)
    except OSError as error:
        reason = "there is no such store" if not Path(path).exists() else "the store is cut short or damaged"
        raise InputError(f"{path}: {reason}; pack this input again") from error
    version = file.attrs.get("format_version")
    if version != FORMAT_VERSION:
        file.close()
        raise InputError(f"{path}: format version {version}, expected {FORMAT_VERSION}; pack this input again")
    return file


class Volumes:
    """The volumes of a store, in the order of ``scans`` (all of them by default), as float32 tensors.

    ``volumes[i]`` is ``(channels, x, y, z)``; with ``mask="brain"`` it is 0 outside the brain. The file is opened at
    the first reading, again in each process, so that an instance may be pickled or forked to workers.
    Raises `InputError` for a scan that the store lacks.
    """

    def __init__(self, path, scans=None, mask="none"):
        if mask not in ("none", "brain"):
            raise ValueError(f'mask is "none" or "brain", not {mask!r}')
        self.path = Path(path)
        self.masked = mask == "brain"
        with opened(path) as file:
            stored = _text(file["scan"])
            subjects = dict(zip(stored, _text(file["subject"]), strict=True))
            self.channels, *self.shape = file["volumes"].shape[1:]
            self.affine = file.attrs["affine"]
            self.space = file.attrs["space"]
            self.provenance = json.loads(file.attrs["provenance"])
            checksums = dict(zip(stored, _text(file["checksum"]), strict=True))
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
        self._file, self._owner = None, None

    def __len__(self):
        return len(self.scans)

    def __getitem__(self, i):
        place = self._places[i]
        volume = torch.from_numpy(self._dataset("volumes")[place]).float().mul_(float(self._scale[place]))
        if self._offset[place]:
            volume.add_(float(self._offset[place]))
        return volume.mul_(self.mask(i)) if self.masked else volume

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def mask(self, i):
        """The brain of the i-th scan, ``(x, y, z)`` uint8."""
        return torch.from_numpy(self._dataset("mask")[self._places[i]])

    def _dataset(self, name):
        if self._owner != os.getpid():
            self._file, self._owner = opened(self.path), os.getpid()
        return self._file[name]

    def __getstate__(self):
        return self.__dict__ | {"_file": None, "_owner": None}


def _append_all(file, volumes, compression):
    """The number of volumes, each written to an empty store as it comes."""
    text = h5py.string_dtype()
    seen = set()
    for i, (scan, subject, data, mask) in enumerate(volumes):
        data, mask = np.asarray(data, dtype=np.float32), np.asarray(mask)
        data = data[np.newaxis] if data.ndim == 3 else data
        if i == 0:
            options = {"compression": compression, "shuffle": compression is not None}
            _growing(file, "volumes", data.shape, np.float16, **options)
            _growing(file, "mask", data.shape[1:], np.uint8, **options)
            for name in ("scale", "offset"):
                _growing(file, name, (), np.float32)
            for name in ("scan", "subject", "checksum"):
                _growing(file, name, (), text)
        _check(scan, data, mask, file["volumes"].shape[1:], seen)
        seen.add(scan)
        packed, scale, offset = _packed(data)
        mask = (mask > 0).astype(np.uint8)
        row = {
            "volumes": packed,
            "mask": mask,
            "scale": scale,
            "offset": offset,
            "scan": scan,
            "subject": subject,
            "checksum": _checksum(scan, subject, packed, mask, scale, offset),
        }
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
    low, high = data.min(), data.max()
    offset = np.float32(low if low > 0 else high if high < 0 else 0)
    scale = np.float32(np.abs(data - offset).max())
    scale = scale if scale > 0 else np.float32(1)
    return ((data - offset) / scale).astype(np.float16), scale, offset


def _checksum(scan, subject, packed, mask, scale, offset):
    digest = hashlib.blake2b(f"{scan}\n{subject}\n".encode(), digest_size=16)
    for part in (packed, mask, scale, offset):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def _text(dataset):
    return list(dataset.asstr()[:])
