"""Parts of a head where relevance is a warning: outside the brain, along its border, in the face and in the neck.

Face and neck are rough: they are told by the box of the brain in millimetres, not by anatomy of each head, and only
where volumes share a space. Of the brain's box the face is what lies outside the brain, in front of 70 % of its length
and below 35 % of its height, with all that lies farther in front of and below these planes: in MNI152 about y > 20 and
z < -18, which holds orbits, nose, sinuses and jaw, as far as the grid has them. The neck is what lies outside the brain
and the face below 10 % of the height, in MNI152 about z < -56.
"""

import numpy as np
from scipy import ndimage

from voxplain.sanity.references import mean_mask
from voxplain.volumes.space import OWN

PARTS = ("outside", "border", "face", "neck")
FACE_FRONT, FACE_TOP, NECK_TOP = 0.70, 0.35, 0.10


class HeadParts:
    """The parts of every scan of ``volumes``, a `Volumes`, of which networks see ``seen`` (x, y, z) bool.

    A part is ``(part, where)``, two arrays (x, y, z) bool: relevance is summed over ``where``, and over ``part`` in it.
    ``outside``, ``face`` and ``neck`` are of all that is seen, and ``border`` is the outermost ``width`` mm of the
    brain, of the brain. Face and neck are the same in all scans, and the border that of the mean brain; in spaces of
    their own scans have no face and neck, and each its own border. With ``masked``, where networks are shown nothing
    but the brain, there is the border alone.
    """

    def __init__(self, volumes, seen, width, masked):
        self.volumes, self.seen, self.masked, self.width = volumes, seen, masked, width
        self.common, self.edge, self.rest, self.kept = None, None, {}, {}
        if volumes.space != OWN:
            self.common = mean_mask(volumes.mask(place) for place in range(len(volumes))) > 0.5
            self.edge = border(self.common, self._spacing(None), width)
            if not masked:
                affine = volumes.affine
                self.rest = {"face": face(self.common, affine), "neck": neck(self.common, affine)}

    def of(self, place):
        """``{name: (part, where)}`` of the scan at ``place``."""
        brain = self.volumes.mask(place).numpy() > 0
        inner = self._own_border(place, brain) if self.edge is None else self.edge
        found = {"border": (inner, brain & self.seen)}
        if not self.masked:
            found |= {name: (part & ~brain, self.seen) for name, part in self.rest.items()}
            found["outside"] = (~brain, self.seen)
        return found

    def whole(self, place):
        """Where the network of the scan at ``place`` is shown anything, (x, y, z) bool."""
        return self.seen & (self.volumes.mask(place).numpy() > 0) if self.masked else self.seen

    def _own_border(self, place, brain):
        # distances take seconds at 1 mm, and every method asks for them: kept as bits, a megabyte a scan
        if place not in self.kept:
            self.kept[place] = np.packbits(border(brain, self._spacing(place), self.width))
        return np.unpackbits(self.kept[place], count=brain.size).reshape(brain.shape).astype(bool)

    def _spacing(self, place):
        affine = self.volumes.affine if place is None else self.volumes.affines[place]
        return np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)


def border(brain, spacing, width):
    """Voxels (x, y, z) bool of the ``brain`` with one outside it at most ``width`` mm away, centre to centre.

    ``spacing`` is the voxel size in mm, one an axis. The end of the grid is no border.
    """
    brain = np.asarray(brain) > 0
    if brain.all():
        return np.zeros(brain.shape, bool)
    return brain & (ndimage.distance_transform_edt(brain, sampling=spacing) <= width)


def face(brain, affine):
    """Voxels (x, y, z) bool of the face, for the common ``brain`` of heads on the grid of ``affine``."""
    y, z = _in_box(brain, affine)
    return ~(np.asarray(brain) > 0) & (y > FACE_FRONT) & (z < FACE_TOP)


def neck(brain, affine):
    """Voxels (x, y, z) bool of the neck, for the common ``brain`` of heads on the grid of ``affine``."""
    _, z = _in_box(brain, affine)
    return ~(np.asarray(brain) > 0) & (z < NECK_TOP) & ~face(brain, affine)


def _in_box(brain, affine):
    """Where each voxel lies along the brain's box, from 0 at its back and bottom to 1 at its front and top."""
    brain, affine = np.asarray(brain) > 0, np.asarray(affine, float)
    points = np.einsum("ij,jxyz->ixyz", affine[1:3, :3], np.indices(brain.shape)) + affine[1:3, 3].reshape(2, 1, 1, 1)
    if not brain.any():
        return np.full(points.shape, np.nan)
    ends = [(axis[brain].min(), axis[brain].max()) for axis in points]
    return [(axis - low) / max(high - low, 1e-9) for axis, (low, high) in zip(points, ends, strict=True)]
