import numpy as np
import pytest

from voxplain.demo.anatomy import template_head
from voxplain.demo.effects import EFFECTS, region_radius
from voxplain.demo.grid import head_grid, values_at
from voxplain.demo.person import draw_people
from voxplain.demo.render import draw_picture, log_jacobian


@pytest.fixture(scope="module")
def person(made):
    return next(person for person in draw_people(made) if person.group)


@pytest.fixture(scope="module")
def picture(made, person):
    return draw_picture(made, person)


def test_a_head_has_bright_brain_darker_skull_and_air_around(made, person, picture):
    restored = picture.restored / person.gain
    assert picture.restored.shape == head_grid(made["spacing"]).shape
    assert np.isfinite(picture.restored).all() and picture.restored.dtype == np.float32
    assert restored[picture.mask].mean() > 0.6
    assert restored[:3, :, -6:].mean() < 0.05


def test_the_brain_has_the_volume_of_a_brain(made, picture):
    assert 1000 < picture.mask.sum() * made["spacing"] ** 3 / 1000 < 2100


def test_tissue_is_inside_the_mask_and_on_both_sides(picture):
    assert (picture.tissue > 0)[picture.mask].all() and not picture.tissue[~picture.mask].any()
    white = picture.tissue == 3
    assert white[picture.right].sum() == pytest.approx(white[~picture.right].sum(), rel=0.1)


def test_restoring_removes_the_bias_and_keeps_the_noise(picture):
    bias = picture.scanned / picture.restored
    assert bias[picture.mask].std() > 0.03
    assert np.abs(np.diff(bias, axis=0)).max() < 0.1


def test_the_regional_effect_leaves_the_brain_mask_alone(made, person, picture):
    twin = draw_picture(made, person.without("region"))
    assert abs(picture.mask.sum() / twin.mask.sum() - 1) < 0.002


def test_a_regional_twin_differs_in_the_planted_regions_alone(made, person, picture):
    still = {**made, "warp": 0.0}
    still_person = person.without("scale")
    still_person = type(person)(
        **{**vars(still_person), "size": (1.0,) * 3, "rotation": (0.0,) * 3, "shift": (0.0,) * 3}
    )
    whole, twin = draw_picture(still, still_person), draw_picture(still, still_person.without("region"))
    difference = np.abs(whole.restored - twin.restored)
    radius = region_radius(template_head(made["spacing"]).points)
    assert not difference[radius > 1.4].any()
    assert difference[radius < 0.8].mean() > 0.02 * person.gain


def test_an_outside_twin_has_the_same_brain(made, person, picture):
    twin = draw_picture(made, person.without("outside"))
    deep = np.zeros_like(picture.mask)
    deep[1:-1, 1:-1, 1:-1] = picture.mask[1:-1, 1:-1, 1:-1]
    for axis in range(3):
        deep &= np.roll(picture.mask, 1, axis) & np.roll(picture.mask, -1, axis)
    difference = np.abs(picture.restored - twin.restored)
    assert difference[deep].mean() < 1e-3 * person.gain
    assert difference[~picture.mask].mean() > 1e-2 * person.gain


def test_a_scale_twin_has_a_smaller_brain(made, person, picture):
    twin = draw_picture(made, person.without("scale"))
    assert picture.mask.sum() / twin.mask.sum() == pytest.approx((1 + made["scale"]) ** 3, rel=0.02)


@pytest.mark.parametrize("effect", EFFECTS)
def test_without_strength_twins_are_identical(made, effect):
    absent = {**made, effect: 0.0}
    person = next(person for person in draw_people(absent) if person.group)
    np.testing.assert_array_equal(
        draw_picture(absent, person).restored, draw_picture(absent, person.without(effect)).restored
    )


def test_the_log_jacobian_lives_in_the_regions(made, person):
    change = log_jacobian(made, person)
    assert change.max() > 0.3
    assert (change > 0.01).mean() < 0.1


def test_the_same_person_is_scanned_at_every_spacing(made, person, picture):
    fine = draw_picture({**made, "spacing": 4.0}, person)
    coarse_grid, fine_grid = head_grid(6.0), head_grid(4.0)
    carried = values_at(fine.restored, fine_grid, coarse_grid.points())
    assert np.corrcoef(carried[picture.mask], picture.restored[picture.mask])[0, 1] > 0.85
    volumes = [one.mask.sum() * grid.spacing**3 for one, grid in ((picture, coarse_grid), (fine, fine_grid))]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.02)
