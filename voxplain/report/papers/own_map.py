"""A figure for a paper of anybody's map, from wherever it comes."""

from pathlib import Path

import nibabel
import numpy as np
from nilearn.datasets import load_mni152_template
from nilearn.image import resample_to_img

from voxplain.errors import InputError
from voxplain.report.orientation import ORIENTATIONS
from voxplain.report.papers.captions import SHOWS, map_caption
from voxplain.report.papers.glass_brain import glass_brain
from voxplain.report.papers.look import look_of
from voxplain.report.papers.mosaic import ROWS, mosaic
from voxplain.report.papers.sheet import COLUMN, PAGE, PaperFigure, paper_style
from voxplain.report.papers.surface import cortex
from voxplain.settings.wording import suggestion

# Share of a background's brightness below which it is taken for air
AIR = 0.1


def figure_of(
    map,
    background=None,
    *,
    kind="mosaic",
    what="Map",
    unit="arbitrary units",
    limit=None,
    orientation="neurological",
    width=PAGE,
    rows=ROWS,
):
    """A figure of ``map`` for a paper, with a caption: ``figure_of("map.nii.gz").save("figure1")`` writes its files.

    map, background: paths or nibabel images of three dimensions. A mosaic draws the map over the background, by default
    the skull-stripped template of ICBM that nilearn carries, in the map's own voxels; the others need a map in MNI
    space. kind: mosaic, glass_brain or surface. what, unit: in words, for caption and colour bar. limit: end of the
    colour bar, by default the 99.9th percentile of the absolute value; maps with values of both signs have limits
    symmetric around zero. orientation: neurological or radiological. width: 180 or 85 mm. rows: of a mosaic, for each
    the directions and how many slices of each, such as ``((("z", 5),),)``.
    Raises InputError for a file that is no image of three dimensions, for values that are not finite, a map that is
    zero everywhere, and a word or width that is not known.
    """
    for name, given, known in (
        ("kind", kind, SHOWS),
        ("orientation", orientation, ORIENTATIONS),
        ("width", width, (COLUMN, PAGE)),
    ):
        if given not in known:
            raise InputError(f"{name} {given!r} is not known; {suggestion(given, [str(one) for one in known])}")
    image, name = _image(map, "map"), map if isinstance(map, str | Path) else "map"
    values = _values(image, name)
    if not values.any():
        raise InputError(f"{name}: zero everywhere, so there is nothing to draw; give another map")
    look, turned = look_of([values], limit), orientation == "radiological"
    with paper_style():
        if kind == "mosaic":
            image, below = _on_one_grid(image, load_mni152_template(2) if background is None else background)
            values = _values(image, name)
            mask = below > AIR * np.percentile(below, 99.5)
            canvas = mosaic(values, below, mask, image.affine, look, unit, turned, rows, width)
        elif kind == "glass_brain":
            canvas = glass_brain(image, look, unit, turned, width)
        else:
            canvas = cortex(image, look, unit, width)
    return PaperFigure(canvas, map_caption(kind, what, values, image.affine, look, unit, radiological=turned))


def _image(given, name):
    if isinstance(given, str | Path):
        name = given
        try:
            given = nibabel.load(given)
        except (OSError, nibabel.filebasedimages.ImageFileError) as error:
            raise InputError(f"{name}: cannot be read as an image ({error}); give a NIfTI file") from error
    if not hasattr(given, "affine"):
        raise InputError(f"{name}: a {type(given).__name__} and no image; give a path or a nibabel image")
    if len(given.shape) != 3:
        raise InputError(f"{name}: shape {given.shape}, but a figure needs three dimensions; give one volume of it")
    return nibabel.as_closest_canonical(given)


def _values(image, name):
    values = np.asarray(image.dataobj, np.float32)
    if not np.isfinite(values).all():
        raise InputError(f"{name}: {int((~np.isfinite(values)).sum())} values are not finite; replace them, by 0 say")
    return values


def _on_one_grid(image, background):
    """The map, and the background in its voxels, (x, y, z); a map with slanted axes is brought to the background's."""
    background = _image(background, "background")
    straight = np.diag(np.diag(image.affine)[:3])
    if not np.allclose(image.affine[:3, :3], straight, atol=1e-3):
        image = resample_to_img(image, background, interpolation="continuous", copy_header=True, force_resample=True)
        return image, _values(background, "background")
    same = background.shape == image.shape and np.allclose(background.affine, image.affine, atol=1e-3)
    if not same:
        background = resample_to_img(background, image, copy_header=True, force_resample=True)
    return image, _values(background, "background")
