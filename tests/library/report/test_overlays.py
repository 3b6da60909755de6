import base64
import io

import numpy as np
import pytest
from PIL import Image

from voxplain.report.overlays import anatomy, common_point, limit_of, overlay

SHAPE = (20, 24, 18)
PLACE = (5, 12, 9)


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.source.split(",")[1]))), int)


def drawn(values, limit=1.0, radiological=False):
    greys = anatomy(np.zeros(SHAPE, np.float32), PLACE, radiological)
    return pixels(overlay(greys, values, PLACE, limit, "a map", radiological))


def test_the_limit_is_the_999th_thousandth_or_the_largest_where_that_is_zero():
    values = np.zeros(10_000)
    values[:5] = -7
    assert limit_of(values) == 7
    values[:2000] = np.linspace(1, 4, 2000)
    assert limit_of(values) == pytest.approx(np.percentile(values, 99.9), abs=0.01)
    assert limit_of(np.full(4, np.nan)) == 0 and limit_of(np.zeros(4)) == 0


def test_the_common_point_is_where_the_maps_together_are_strongest_each_on_its_own_scale():
    one, other, empty = np.zeros((3, *SHAPE))
    one[2, 3, 4], one[7, 8, 9] = 1000, -900
    other[7, 8, 9], other[1, 1, 1] = 0.02, -0.02
    assert common_point([one, other, empty]) == (7, 8, 9)
    mask = np.zeros(SHAPE, bool)
    mask[1, 1, 1] = True
    assert common_point([one, other], mask) == (1, 1, 1)
    assert common_point([one, other], np.zeros(SHAPE, bool)) == (7, 8, 9)
    assert common_point([empty]) is None


def test_warm_and_cold_tell_the_signs_apart_and_weak_values_stay_clear():
    values = np.zeros(SHAPE, np.float32)
    values[:, :12], values[:, 12:] = 0.8, -0.8
    picture = drawn(values)
    red, _, blue = np.moveaxis(picture, -1, 0)
    assert (red - blue > 80).sum() > 5000 and (blue - red > 80).sum() > 5000
    weak = drawn(np.where(values > 0, 0.05, -0.05))
    assert (np.abs(weak[..., 0] - weak[..., 2]) > 80).sum() == 0


def test_a_map_without_a_sign_is_brighter_where_it_is_stronger():
    values = np.full(SHAPE, 0.3, np.float32)
    values[:, :, :9] = 0.95
    picture = drawn(values)
    sagittal = picture[:, : picture.shape[1] // 3].mean(axis=2)
    assert sagittal[-60:].mean() > 1.5 * sagittal[:60].mean()


def test_a_blob_on_the_left_lies_on_the_right_as_radiologists_have_it():
    values = np.zeros(SHAPE, np.float32)
    values[2:5, 10:14, 7:11] = 1
    halves = []
    for radiological in (False, True):
        red = (lambda p: p[..., 0] - p[..., 2])(drawn(values, radiological=radiological))
        axial = red[:, -red.shape[1] * 20 // (24 + 20 + 20) :]
        columns = np.argwhere(axial > 80)[:, 1]
        halves.append(columns.mean() < axial.shape[1] / 2)
    assert halves == [True, False]


def test_the_cross_marks_the_point_on_every_slice():
    found = drawn(np.zeros(SHAPE, np.float32))
    green = found[..., 1] - found[..., 0] > 30
    assert sum(part.any() for part in np.array_split(green, 3, axis=1)) == 3
