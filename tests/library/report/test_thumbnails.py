import base64
import io

import numpy as np
import pytest
from PIL import Image

from voxplain.report.thumbnails import MASK_COLOUR, TEMPLATE_COLOUR, mask_edge, middle, slices, thumbnail


def test_an_edge_lies_inside_its_mask_and_is_one_pixel_thick():
    mask = np.zeros((7, 9), bool)
    mask[1:6, 2:7] = True
    edge = mask_edge(mask)
    assert edge.sum() == 16 and not edge[2:5, 3:6].any() and not (edge & ~mask).any()


def test_the_middle_of_a_mask_is_the_middle_of_its_box():
    mask = np.zeros((10, 12, 8), bool)
    mask[2:5, 3:10, 1:4] = True
    assert middle(mask) == (3, 6, 2)
    assert middle(np.zeros((10, 12, 8), bool)) == (5, 6, 4)


def test_slices_show_the_top_of_the_head_and_the_front_at_the_top():
    volume = np.zeros((5, 6, 7))
    volume[:, :, 6] += 1
    volume[:, 5, :] += 2
    sagittal, coronal, axial = slices(volume, (2, 3, 3))
    assert (sagittal.shape, coronal.shape, axial.shape) == ((7, 6), (7, 5), (6, 5))
    assert (coronal[0] == 1).all() and (axial[0] == 2).all() and sagittal[0, -1] == 3


@pytest.fixture
def heads():
    generator = np.random.default_rng(3)
    mask = np.zeros((20, 24, 18), bool)
    mask[4:16, 4:20, 3:15] = True
    return generator.random((20, 24, 18), np.float32), mask


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.source.split(",")[1]))), int)


def test_a_thumbnail_is_as_large_as_it_says_and_small_on_disk(heads):
    volume, mask = heads
    picture = thumbnail(volume, mask, mask, "a scan")
    assert pixels(picture).shape == (picture.height, picture.width, 3)
    assert len(picture.source) < 30_000 and picture.alt == "a scan"


def test_the_scan_s_own_mask_is_drawn_where_it_is(heads):
    volume, mask = heads
    without = pixels(thumbnail(volume, None, mask, ""))
    own = np.roll(mask, 3, axis=2)
    orange = (pixels(thumbnail(volume, own, mask, "")) == MASK_COLOUR).all(axis=2)
    assert orange.sum() > 100 and not (without == MASK_COLOUR).all(axis=2).any()
    assert (without == TEMPLATE_COLOUR).all(axis=2).sum() > 100


def test_an_empty_volume_is_black_but_for_its_sides_and_no_fault(heads):
    volume, mask = heads
    found = pixels(thumbnail(np.zeros_like(volume), None, np.zeros_like(mask), ""))
    assert ((found < 10) | (found == 255)).all() and 0 < (found == 255).mean() < 0.01


def test_a_volume_of_1_mm_makes_no_larger_a_file_than_one_of_2_mm():
    generator, mask = np.random.default_rng(4), np.zeros((190, 230, 190), bool)
    mask[30:160, 30:200, 30:160] = True
    volume = mask + generator.normal(0, 0.05, mask.shape).astype(np.float32)
    fine = thumbnail(volume, mask, mask, "")
    coarse = thumbnail(volume[::2, ::2, ::2], mask[::2, ::2, ::2], mask[::2, ::2, ::2], "")
    assert len(fine.source) < 1.2 * len(coarse.source) < 30_000
    assert fine.height == 230


def test_a_scan_on_a_grid_of_its_own_has_its_own_contour_alone_and_is_shown_where_its_brain_is(heads):
    volume, mask = heads
    aside = np.roll(mask, 3, axis=0)
    shown = pixels(thumbnail(volume, aside, None, "a scan"))
    assert (shown == MASK_COLOUR).all(-1).any() and not (shown == TEMPLATE_COLOUR).all(-1).any()
    place = middle(aside)
    cut = mask_edge(slices(aside, place)[0].repeat(150 // 24, 0).repeat(150 // 24, 1))
    assert (shown[:, : cut.shape[1]] == MASK_COLOUR).all(-1).sum() == cut.sum()
    assert thumbnail(volume, None, None, "a scan").width == shown.shape[1]


def test_left_lies_on_the_left_or_as_radiologists_have_it_on_the_right():
    volume = np.zeros((5, 6, 7))
    volume[0] = 1
    for radiological, column in ((False, 0), (True, -1)):
        sagittal, coronal, axial = slices(volume, (2, 3, 3), radiological)
        assert (coronal[:, column] == 1).all() and (axial[:, column] == 1).all()
        assert coronal.sum() == 7 and axial.sum() == 6 and not sagittal.any()


def test_a_thumbnail_turned_round_has_its_sides_marked_anew(heads):
    volume, mask = heads
    volume[:6] = 0
    volume[3:8] += 5
    one, other = (pixels(thumbnail(volume, mask, None, "", radiological=turned)) for turned in (False, True))
    columns = one.shape[1]
    halves = [
        [picture[:, columns * 2 // 3 :][:, half].sum() for half in (slice(0, 40), slice(-40, None))]
        for picture in (one, other)
    ]
    assert (halves[0][0] > halves[0][1]) and (halves[1][0] < halves[1][1])
    letters = [(picture == 255).all(axis=2)[:, columns // 3 :] for picture in (one, other)]
    assert letters[0].sum() == letters[1].sum() > 20 and (letters[0] != letters[1]).any()
