"""Maps that a job has finished, kept scan by scan beside its output, so that a killed job does not make them again."""

import errno
import hashlib
import json
import logging
import shutil
import time
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch

from voxplain.runtime import written_whole

log = logging.getLogger(__name__)

_SIZE = 16  # bytes of a digest
_GONE = errno.ENOENT, errno.ESTALE  # the latter on NFS


class KeptMaps:
    """Maps of single scans in the folder ``.{name}.kept`` beside ``output``, each with what the method said of it.

    ``about`` is all that decides what the maps come to but the scan itself; what was kept of a job that differs in it
    is removed. Nothing is taken up that is not, to the last byte, what was kept.
    """

    def __init__(self, output, about):
        output = Path(output)
        self.folder = output.parent / f".{output.name}.kept"
        self.key = digest_of(about)
        if self.folder.exists() and not (self.folder / self.key).exists():
            log.info("maps kept by an earlier job are of other settings, weights or code: they are made anew")
            self.remove()

    def taken_up(self, scan, about):
        """The map (channels, x, y, z) of ``scan`` and what was said of it; None when it was not kept whole.

        ``about`` is what decides on this scan's map besides: its volume's checksum, its class.
        """
        path = self._path(scan)
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as kept:
                values, said, digest = kept["maps"], str(kept["said"]), str(kept["digest"])
        except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile):
            return None
        if digest != self._digest(scan, about, values, said):
            return None
        return values, json.loads(said)

    def keep(self, scan, about, values, said):
        """Keep the map ``values`` (channels, x, y, z) of ``scan`` and what was ``said`` of it, whole.

        Two jobs may be at one output, one of which outlived its Snakemake: the first to end removes the folder, and the
        other goes on without what it had kept.
        """
        said = json.dumps(said, sort_keys=True)
        digest = self._digest(scan, about, values, said)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / self.key).touch()
            with written_whole(self._path(scan)) as part, open(part, "wb") as file:
                np.savez(file, maps=values, said=said, digest=digest)
        except OSError as fault:
            if fault.errno not in _GONE:
                raise
            log.info("maps kept so far were removed by another job of the same output: %s is not kept", scan)

    def remove(self):
        """Remove all that was kept, when the output is there."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, scan):
        return self.folder / f"{scan}.npz"

    def _digest(self, scan, about, values, said):
        return digest_of([self.key, scan, about, np.ascontiguousarray(values), said])


def one_by_one(kept, scans, about, make, notes, label):
    """Yield the map of each of ``scans``, taken up from ``kept`` or made by ``make(place)`` and kept, with a line each.

    ``about`` holds what decides on each scan's map; ``make`` returns a map and what was said of it, which is added to
    ``notes`` before the map is yielded.
    """
    begun, made = time.monotonic(), 0
    for place, (scan, known) in enumerate(zip(scans, about, strict=True)):
        started = time.monotonic()
        found = kept.taken_up(scan, known)
        if found is None:
            found = make(place)
            kept.keep(scan, known, *found)
            made += 1
            now, left = time.monotonic(), len(scans) - place - 1
            took = f"{now - started:.1f} s, {(now - begun) / made * left:.0f} s left"
        else:
            took = "made before"
        log.info("%s: %s, %d of %d, %s", label, scan, place + 1, len(scans), took)
        notes.append(found[1])
        yield found[0]


def digest_of(value):
    """A digest of plain values, bytes, arrays and tensors, and of lists and dictionaries of these."""
    digest = hashlib.blake2b(digest_size=_SIZE)
    _add(digest, value)
    return digest.hexdigest()


def _add(digest, value):
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, bytes):
        digest.update(f"{len(value)} bytes".encode())
        digest.update(value)
    elif isinstance(value, dict):
        for name in sorted(value):
            digest.update(f"{{{name}:".encode())
            _add(digest, value[name])
    elif isinstance(value, list | tuple):
        digest.update(f"[{len(value)}".encode())
        for one in value:
            _add(digest, one)
    else:
        digest.update(f"{type(value).__name__} {value!r};".encode())
