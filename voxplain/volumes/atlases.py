"""Label volumes in the template's space: checked before an hour is spent, and brought to the study's grid."""

from pathlib import Path

import numpy as np

from voxplain.cohort.wording import shown
from voxplain.errors import InputError
from voxplain.runtime import written_whole
from voxplain.volumes.carrying import apply
from voxplain.volumes.grids import in_ras
from voxplain.volumes.hemispheres import check_sides
from voxplain.volumes.label_tables import read_names, write_names
from voxplain.volumes.volume import Volume, read_volume, save_volume

LEAST_INSIDE = 0.5  # of an atlas's labelled voxels, in the template's brain
APART = 1.0  # mm between corners of grids of one shape


def prepare_atlas(settings, template, whole, image, table, code):
    """Write the atlas that ``settings`` (keys name, image, labels) name on the grid of ``template``, a `Template`.

    ``whole`` is the template's image on its own grid, as `whole_template` reads it.
    ``image`` gets the labels, each voxel that of the nearest one; ``table`` a row for each label: index, name, and the
    voxels that it has on this grid, 0 for a region too small for it. ``code`` is the NIfTI form code.
    Raises InputError, in one line, for an atlas that cannot be meant for this template: see `checked_atlas`.
    """
    atlas, names = checked_atlas(settings, template, whole)
    carried = apply(atlas, template.image, (), "nearest").data.astype(np.int32)
    save_volume(image, Volume(carried, template.image.affine), np.int32, code)
    counts = dict(zip(*np.unique(carried, return_counts=True), strict=True))
    with written_whole(table) as part:
        write_names(part, names, counts)


def checked_atlas(settings, template, whole):
    """The atlas as a `Volume`, and the name of each label that it has, by index; arguments as in `prepare_atlas`.

    Raises InputError where values are no labels, labels have no names, the shape is the template's but the affine is
    not, most of it lies outside of the template's brain, or what is called left lies on the right.
    """
    about, atlas = f"template.atlases: {settings['name']}", read_volume(settings["image"])
    if (atlas.data != np.rint(atlas.data)).any() or atlas.data.min() < 0:
        raise InputError(f"{about}: values that are no whole numbers from 0 on; give a volume of labels")
    found = [int(index) for index in np.unique(atlas.data) if index]
    names = read_names(settings["labels"]) if settings.get("labels") else {index: f"label {index}" for index in found}
    missing = [index for index in found if index not in names]
    if missing:
        raise InputError(f"{about}: label {missing[0]} has no name in {shown(Path(settings['labels']).name)}; add it")
    _check_place(about, atlas, template, whole)
    check_sides(about, atlas.data, atlas.affine, names)
    return atlas, {index: names[index] for index in found}


def _check_place(about, atlas, template, whole):
    turned = in_ras(atlas)
    if turned.data.shape == whole.data.shape:
        corners = np.array(np.meshgrid(*([0, n - 1] for n in whole.data.shape), [1])).reshape(4, -1)
        apart = np.linalg.norm(((turned.affine - whole.affine) @ corners)[:3], axis=0).max()
        if apart > APART:
            raise InputError(
                f"{about}: shape {atlas.data.shape} as the template's, but its affine places it {apart:.0f} mm away; "
                "restore its header"
            )
    brain = apply(template.mask, atlas, (), "nearest").data > 0.5
    inside = float(brain[atlas.data > 0].mean())
    if inside < LEAST_INSIDE:
        raise InputError(
            f"{about}: only {inside:.0%} of its labelled voxels lie in the template's brain; "
            "give an atlas in the template's space, with its affine"
        )
