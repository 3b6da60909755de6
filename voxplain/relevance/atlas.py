"""An atlas beside maps: which region every voxel belongs to, what the regions are called, which are left and right.

Needs no registration: the labels are those of a space that the maps share.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.relevance.given_images import read_given
from voxplain.volumes.hemispheres import check_sides, side_pairs
from voxplain.volumes.label_tables import is_written, read_names

LEAST_SHARED = 0.5  # of an atlas's labelled voxels, on the grid of the maps
APART = 1e-3  # mm between affines of one grid


@dataclass(frozen=True, eq=False)
class Atlas:
    """``labels`` (x, y, z) whole numbers, 0 for no region, their ``affine`` (4, 4) to RAS+ mm, ``names`` by index."""

    labels: np.ndarray
    affine: np.ndarray
    names: dict

    def sides(self):
        """``[(name without side, left index, right index)]`` of the regions that are pairs, by name."""
        return side_pairs(self.names)

    def merged(self):
        """The atlas in which left and right of a pair are one region, with the index of the left one.

        Regions without a partner stay as they are: AAL's 116 become 54 pairs and 8 of the vermis.
        """
        highest = max(self.names, default=0)
        own, names = np.arange(highest + 1), dict(self.names)
        for name, left, right in self.sides():
            own[right] = left
            names[left] = name
            del names[right]
        return Atlas(own[self.labels].astype(self.labels.dtype), self.affine, dict(sorted(names.items())))


def read_atlas(image, table=None):
    """The `Atlas` of the label volume in the NIfTI file ``image`` and of its table of names; see `read_names`.

    Without a ``table`` regions are called ``label 1`` and so on. Names of labels that the volume lacks are left out,
    as FreeSurfer's table has hundreds; not those of a table as prepared for a study, whose grid lost these regions.
    Raises InputError, in one line, for values that are no labels, a label without a name, no label at all, and names
    that tell left of what lies on the right.
    """
    about = shown(Path(image).name)
    data, affine = _read_labels(image, about)
    if not np.isfinite(data).all() or (data != np.rint(data)).any() or data.min() < 0:
        raise InputError(f"{about}: values that are no whole numbers from 0 on; give a volume of labels")
    labels = data.astype(np.int32)
    found = [int(index) for index in np.unique(labels) if index]
    if not found:
        raise InputError(f"{about}: no voxel has a label; give a volume of labels")
    names = read_names(table) if table else {index: f"label {index}" for index in found}
    missing = [index for index in found if index not in names]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InputError(f"{about}: label {missing[0]}{more} has no name in {shown(Path(table).name)}; add it")
    check_sides(about, labels, affine, names)
    return Atlas(labels, affine, names if table and is_written(table) else {index: names[index] for index in found})


def on_grid(atlas, shape, affine):
    """``atlas`` on the grid of ``shape`` (x, y, z) and ``affine`` (4, 4): each voxel has the label of the nearest one.

    Raises InputError where the shapes agree but the affines do not, and where half of the atlas lies off the grid: such
    an atlas is of another space.
    """
    shape, affine = tuple(shape), np.asarray(affine, float)
    if atlas.labels.shape == shape:
        if np.allclose(atlas.affine, affine, atol=APART):
            return atlas
        apart = np.abs(_corners(atlas.affine, shape) - _corners(affine, shape)).max()
        raise InputError(
            f"atlas: shape {shape} as the maps', but its affine places it {apart:.0f} mm away; restore its header"
        )
    carried = ndimage.affine_transform(
        atlas.labels, np.linalg.inv(atlas.affine) @ affine, output_shape=shape, order=0, mode="grid-constant"
    )
    voxel_ml = [abs(np.linalg.det(one[:3, :3])) for one in (affine, atlas.affine)]
    shared = (carried > 0).sum() * voxel_ml[0] / ((atlas.labels > 0).sum() * voxel_ml[1])
    if shared < LEAST_SHARED:
        raise InputError(
            f"atlas: only {shared:.0%} of its labelled volume lies on the maps' grid; give an atlas in the maps' space"
        )
    return Atlas(carried, affine, atlas.names)


def of_volumes(atlas, volumes):
    """``atlas`` on the grid of the `Volumes` of a store; None where these lie each in a space of its own."""
    return None if volumes.affines is not None else on_grid(atlas, volumes.shape, volumes.affine)


def region_at(atlas, coordinates, within=6.0):
    """Name of the region at ``coordinates``, RAS+ mm: one point (3,), or many (n, 3), of which a list of names is told.

    ``near <name>`` of a point that is in no region but at most ``within`` mm from the centre of a voxel of one; an
    empty text further off.
    """
    points = np.asarray(coordinates, float)
    names = [_region_at(atlas, point, within) for point in points.reshape(-1, 3)]
    return names if points.ndim == 2 else names[0]


def _read_labels(image, about):
    """Values (x, y, z) of the NIfTI file ``image``, and its affine, where both can be believed."""
    return read_given(
        image,
        about,
        unread="give a NIfTI file of labels",
        other="convert it, keeping its labels",
        several="give one volume of labels (of maps of probability, the most likely one)",
    )


def _region_at(atlas, point, within):
    place = np.linalg.solve(atlas.affine[:3, :3], point - atlas.affine[:3, 3])
    nearest = np.rint(place).astype(int)
    if ((nearest >= 0) & (nearest < atlas.labels.shape)).all() and (label := atlas.labels[tuple(nearest)]):
        return atlas.names[int(label)]
    reach = np.ceil(within / np.linalg.norm(atlas.affine[:3, :3], axis=0)).astype(int) + 1
    first, last = np.maximum(nearest - reach, 0), np.maximum(nearest + reach + 1, 0)
    box = atlas.labels[tuple(slice(*ends) for ends in zip(first, last, strict=True))]
    labelled = np.argwhere(box)
    if not len(labelled):
        return ""
    away = np.linalg.norm((labelled + first - place) @ atlas.affine[:3, :3].T, axis=1)
    closest = away.argmin()
    return f"near {atlas.names[int(box[tuple(labelled[closest])])]}" if away[closest] <= within else ""


def _corners(affine, shape):
    return np.array([affine @ [*(np.array(shape) - 1) * corner, 1] for corner in np.ndindex(2, 2, 2)])[:, :3]
