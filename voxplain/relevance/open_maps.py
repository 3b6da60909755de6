"""Many maps read by ranges of voxels, so that as much memory is used for two thousand as for twenty."""

import os

import h5py
import numpy as np

from voxplain.attribution.maps import MapsOnDisk, checked


class OpenMaps:
    """The maps of ``sources`` as flat vectors of voxels in C order; ``rows`` is their table, see `map_rows`.

    Of a map that lies in its file in one piece, as ``write_maps`` leaves it, only what is asked for is read; others are
    read whole each time. ``seen`` (x, y, z) says which voxels count, all where it is None: the others are zero,
    whatever a method left there. A context: the files are closed at its end.
    """

    def __init__(self, sources, rows, seen=None):
        self.places = list(rows[["file", "place"]].itertuples(index=False, name=None))
        self.maps = [source.maps for source in sources]
        self.pieces = [_pieces(maps) for maps in self.maps]
        self.files = {}
        self.blind = None if seen is None or seen.all() else ~np.ravel(seen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in self.files.values():
            os.close(file)
        self.files = {}

    def __len__(self):
        return len(self.places)

    def block(self, numbers, start, stop):
        """Voxels ``start`` to ``stop`` of the maps with these ``numbers``, (maps, voxels) float32."""
        values = np.empty((len(numbers), stop - start), np.float32)
        for row, number in zip(values, numbers, strict=True):
            self._read(row, *self.places[number], start, stop)
        if self.blind is not None:
            values[:, np.flatnonzero(self.blind[start:stop])] = 0
        return values

    def _read(self, values, file, place, start, stop):
        pieces = self.pieces[file]
        if pieces is None:
            values[:] = np.ravel(self.maps[file][place])[start:stop]
            return
        if file not in self.files:
            self.files[file] = os.open(self.maps[file].path, os.O_RDONLY)
        wanted, offset = memoryview(values).cast("B"), pieces[place] + 4 * start
        while len(wanted):
            done = os.preadv(self.files[file], [wanted], offset)
            if done <= 0:
                raise OSError(f"{self.maps[file].path} ends before its maps do")
            wanted, offset = wanted[done:], offset + done


def _pieces(maps):
    """Where each map begins in its file, in bytes, if it lies there in one piece of native float32; else None."""
    if not isinstance(maps, MapsOnDisk):
        return None
    with h5py.File(maps.path, "r", locking=False) as file:
        stored = file[maps.name]
        if stored.chunks != (1, *stored.shape[1:]) or stored.compression or stored.dtype != np.float32:
            return None
        if stored.fletcher32:
            # pieces of a map are read past HDF5, which alone knows the checksum of the whole
            for place in range(len(maps)):
                checked(file, maps.name, place)
        pieces = [stored.id.get_chunk_info_by_coord((place, 0, 0, 0)) for place in range(len(maps))]
    whole = 4 * int(np.prod(maps.shape[1:]))
    sizes = {whole, whole + 4}  # without and with its checksum behind it
    if any(one.byte_offset is None or one.filter_mask or one.size not in sizes for one in pieces):
        return None
    return [one.byte_offset for one in pieces]
