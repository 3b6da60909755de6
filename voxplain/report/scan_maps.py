"""Every method's map of one scan, found in the files that the splits left."""

import re
from dataclasses import dataclass, field

import h5py
import nibabel
import numpy as np

from voxplain.attribution.maps import checked, read_maps

_OF_A_SPLIT = re.compile(r"r(\d+)f(\d+)_seed-(\d+)\.h5")


@dataclass(frozen=True)
class ScanMap:
    """A map of one scan, ``image`` in RAS order, the network it is of, and the class it was asked about."""

    experiment: str
    method: str
    split: str
    seed: int
    target: int
    image: nibabel.Nifti1Image

    @property
    def values(self):
        """The map, (x, y, z) float32."""
        return np.asarray(self.image.dataobj, np.float32)


@dataclass
class ScanMaps:
    """Where each scan's maps lie: ``files`` by (experiment, method), each the (Maps, split, seed) of one network."""

    files: dict
    _open: dict = field(default_factory=dict, repr=False)

    def of(self, scan, experiment):
        """The scan's map by every method of an experiment, of the first network that had not learned from it.

        First is the lowest repeat, then seed. A scan that no network held out has none.
        """
        found = []
        for (own, method), files in self.files.items():
            held_out = [one for one in files if scan in one[0].scan] if own == experiment else []
            if held_out:
                maps, split, seed = held_out[0]
                place = maps.scan.index(scan)
                affine = maps.affine if maps.affines is None else maps.affines[place]
                image = nibabel.as_closest_canonical(nibabel.Nifti1Image(self._values(maps, place), affine))
                found.append(ScanMap(experiment, method, split, seed, int(maps.target[place]), image))
        return found

    def _values(self, maps, place):
        # opened once: a study of a thousand scans reads its files eight thousand times
        path = maps.maps.path
        if path not in self._open:
            self._open[path] = h5py.File(path, "r", rdcc_nbytes=0, locking=False)
        return checked(self._open[path], "maps", place)

    def __getstate__(self):
        return {"files": self.files, "_open": {}}


def scan_maps(results):
    """The ScanMaps of a study; InputError for a file that is not one of maps."""
    files = {}
    for experiment in results.experiments:
        for method in results.methods:
            paths = (results.folder / "explain" / experiment / method).glob("r*f*_seed-*.h5")
            numbered = sorted((tuple(map(int, match.groups())), path) for path in paths if (match := _named(path)))
            files[experiment, method] = [
                (read_maps(path), f"r{repeat}f{fold}", seed)
                for (repeat, fold, seed), path in sorted(numbered, key=lambda one: (one[0][0], one[0][2], one[0][1]))
            ]
    return ScanMaps(files)


def _named(path):
    return _OF_A_SPLIT.fullmatch(path.name)
