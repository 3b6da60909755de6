"""The map of one image, and its files: the map itself, its picture, and what made it."""

import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxplain.mine.image import Image, write_like
from voxplain.mine.places import suffixes_of
from voxplain.runtime import written_whole


@dataclass(frozen=True, eq=False)
class Explanation:
    """``map`` (x, y, z) or (height, width), float32, on the image's own grid: signed and not normalised.

    Of images with several channels it is the sum of ``channels`` (channels, *space), or the one map that they all are.
    ``about`` says what made it: method, target, score, the network's outputs, and what the method noted.
    """

    map: np.ndarray
    channels: np.ndarray
    image: Image
    about: dict

    @property
    def affine(self):
        """The image's own affine; None of a picture, and of a volume that its header does not place."""
        return self.image.affine

    def write(self, folder, name="mine"):
        """Leave ``{name}_map`` in ``folder``, with the suffixes of ``suffixes_of``; their paths by what they are.

        A volume's map is a NIfTI file with the forms of the image's own header, a picture's an array for `numpy.load`.
        The same settings give the same bytes.
        """
        from voxplain.mine.picture import picture_of

        suffixes = suffixes_of(self.image.name)
        paths = {kind: Path(folder) / f"{name}_map{suffix}" for kind, suffix in suffixes.items()}
        with written_whole(paths["map"]) as part:
            part.write_bytes(self._array() if self.image.header is None else self._nifti())
        with written_whole(paths["picture"]) as part:
            picture_of(self).save(part, format="PNG")
        with written_whole(paths["about"]) as part:
            part.write_text(json.dumps(self.about, indent=1, sort_keys=True) + "\n")
        return paths

    def _nifti(self):
        return gzip.compress(write_like(self.image, self.map).to_bytes(), 1, mtime=0)

    def _array(self):
        written = io.BytesIO()
        np.save(written, self.map)
        return written.getvalue()
