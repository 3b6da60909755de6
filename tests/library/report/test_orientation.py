"""Which side lies on the left in the report's pictures of maps."""

import base64
import io

import nibabel
import numpy as np
from PIL import Image

from voxplain.report.orientation import is_radiological, sides
from voxplain.report.slices import group_picture

AFFINE = np.array([[6.0, 0, 0, -87], [0, 6, 0, -105], [0, 0, 6, -84], [0, 0, 0, 1]])
SHAPE = (30, 36, 30)


def test_only_the_setting_turns_pictures_round():
    assert is_radiological({"report": {"orientation": "radiological"}})
    assert not is_radiological({"report": {"orientation": "neurological"}}) and not is_radiological({})
    assert sides(False) == ("L", "R") and sides(True) == ("R", "L")


def test_axial_slices_of_a_group_map_turn_and_sagittal_ones_look_one_way():
    grid = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1) - (np.array(SHAPE) - 1) / 2
    mask = ((grid / (12, 14, 12)) ** 2).sum(axis=-1) < 1
    values = np.where(mask & (grid[..., 0] < -2) & (grid[..., 1] > 1), 1, 0).astype(np.float32)
    image, template = (nibabel.Nifti1Image(one, AFFINE) for one in (values, mask.astype(np.float32)))
    bright = {}
    for turned in (False, True):
        picture = group_picture(image, template, mask, 1.0, "a map", radiological=turned)
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.source.split(",")[1]))), int)
        strong = (pixels[..., 0] > 200) & (pixels[..., 2] < 190) & (pixels[..., 1] > 200)
        columns = strong.shape[1]
        axial = np.flatnonzero(strong[:, int(0.26 * columns) : int(0.39 * columns)].any(axis=0)).mean() / columns
        sagittal = np.flatnonzero(strong[:, int(0.65 * columns) : int(0.94 * columns)].any(axis=0)).mean() / columns
        bright[turned] = axial, sagittal
    assert bright[False][0] < 0.065 < bright[True][0]
    assert abs(bright[False][1] - bright[True][1]) < 0.003
