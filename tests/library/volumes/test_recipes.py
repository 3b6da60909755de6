import numpy as np
import pytest
from scipy import ndimage

from voxplain.errors import InputError
from voxplain.volumes.recipes import bounds, cubed, fitted_cube, icbm_grid, own_volume, resized, zoomed
from voxplain.volumes.space import OWN, space_of_input
from voxplain.volumes.template import Template
from voxplain.volumes.volume import Volume

AFFINE = np.array([[-2.0, 0, 0, 60], [0, 2.5, 0, -70], [0, 0, 3, -50], [0, 0, 0, 1]])
SHAPE = (60, 68, 50)
OF_THE_BRAIN = "mrinet_58", "brain_58", "voxcnn_110", "hcp_age_128_crop", "hcp_age_128_pad"


@pytest.fixture(scope="module")
def head():
    """A head in LAS order: a brain that is brighter to the person's right, in a scalp, and the brain's mask."""
    x, y, z = np.indices(SHAPE) - np.array([30, 30, 26])[:, None, None, None]
    brain = (x / 20) ** 2 + (y / 24) ** 2 + (z / 15) ** 2 < 1
    scalp = ((x / 26) ** 2 + (y / 31) ** 2 + (z / 21) ** 2 < 1) & ~brain
    data = brain * (500.0 - 10 * x) + scalp * 2000
    return Volume(data.astype(np.float32), AFFINE), Volume(brain.astype(np.float32), AFFINE)


def places(volume):
    """Millimetres of every voxel, (3, voxels)."""
    return volume.affine[:3, :3] @ np.indices(volume.data.shape).reshape(3, -1) + volume.affine[:3, 3:]


def middle(volume):
    weight = volume.data.ravel() / volume.data.sum()
    return places(volume) @ weight


@pytest.mark.parametrize(
    ("recipe", "shape"),
    [
        ("mrinet_58", (58, 70, 58)),
        ("brain_58", (58, 70, 58)),
        ("head_58", (58, 70, 58)),
        ("voxcnn_110", (110,) * 3),
        ("hcp_age_128_crop", (128,) * 3),
        ("hcp_age_128_pad", (128,) * 3),
    ],
)
def test_each_recipe_has_its_published_shape_with_head_and_mask_in_place(head, recipe, shape):
    volume, mask = own_volume(recipe, *head)
    assert volume.data.shape == mask.data.shape == shape
    np.testing.assert_allclose(volume.affine, mask.affine)
    assert set(np.unique(mask.data)) == {0, 1}
    if recipe != "hcp_age_128_crop":
        np.testing.assert_allclose(middle(mask), middle(head[1]), atol=0.5)
        assert mask.data.sum() * mask.voxel_ml == pytest.approx(head[1].data.sum() * head[1].voxel_ml, rel=0.02)
    half = np.where(mask.data > 0.5, volume.data, 0)
    right, left = (
        half[side][mask.data[side] > 0.5].mean() for side in (slice(shape[0] // 2, None), slice(0, shape[0] // 2))
    )
    assert right > left + 50, "first axis runs to the person's right"


@pytest.mark.parametrize("recipe", OF_THE_BRAIN)
def test_the_recipes_of_stripped_brains_hold_nothing_of_the_scalp(head, recipe):
    volume, _ = own_volume(recipe, *head)
    assert volume.data.max() < 900


def test_the_head_keeps_its_scalp(head):
    assert own_volume("head_58", *head)[0].data.max() > 1800


def test_a_constant_volume_stays_constant_when_resized():
    volume = Volume(np.full((91, 109, 97), 7.5, np.float32), np.eye(4))
    np.testing.assert_allclose(resized(volume, (58, 70, 58)).data, 7.5, rtol=1e-6)


def test_a_resized_volume_is_smoothed_by_half_the_factor_less_one_and_sampled_at_voxel_centres():
    data = np.random.default_rng(1).random((40, 30, 20)).astype(np.float32)
    found = resized(Volume(data, np.eye(4)), (10, 10, 10))
    smooth = ndimage.gaussian_filter(data.astype(float), (1.5, 1, 0.5), mode="mirror")
    at = np.meshgrid(*((np.arange(10) + 0.5) * factor - 0.5 for factor in (4, 3, 2)), indexing="ij")
    np.testing.assert_allclose(found.data, ndimage.map_coordinates(smooth, at, order=1, mode="mirror"), atol=1e-5)
    np.testing.assert_allclose(found.affine, [[4, 0, 0, 1.5], [0, 3, 0, 1], [0, 0, 2, 0.5], [0, 0, 0, 1]])


def test_what_already_has_110_voxels_an_axis_is_not_sampled_again():
    volume = Volume(np.random.default_rng(2).random((110,) * 3, np.float32), np.diag([2.0, 2, 2, 1]))
    assert cubed(volume, 110) is volume


def test_a_cube_has_isotropic_voxels_as_wide_as_the_longest_side(head):
    cube = cubed(head[0], 110)
    np.testing.assert_allclose(cube.spacing, 68 * 2.5 / 110)
    np.testing.assert_allclose(middle(cube), middle(head[0]), atol=0.2)


def test_bounds_leave_out_planes_of_zeros_only():
    data = np.zeros((9, 8, 7), np.float32)
    data[2, 3, 1], data[5, 6, 4] = -1, 2
    assert bounds(Volume(data, np.eye(4))) == (slice(2, 6), slice(3, 7), slice(1, 5))


def test_a_crop_zooms_the_shortest_side_of_the_brain_to_128_and_padding_the_longest(head):
    brain = np.where(head[1].data > 0, head[0].data, 0)
    box = np.array([part.stop - part.start for part in bounds(Volume(brain, AFFINE))])
    for recipe, side in (("hcp_age_128_crop", box.min()), ("hcp_age_128_pad", box.max())):
        volume, _ = own_volume(recipe, *head)
        lengths = np.round(box * 128 / side)
        np.testing.assert_allclose(volume.spacing, [2, 2.5, 3] * (box - 1) / (lengths - 1), rtol=1e-6)


def test_a_zoom_is_cubic_and_keeps_first_and_last_voxel_in_place():
    x = np.arange(12.0)
    curve = Volume(np.broadcast_to((x**3)[:, None, None], (12, 6, 6)).astype(np.float32), np.eye(4))
    found = zoomed(curve, 2)
    at = np.linspace(0, 11, 24)
    np.testing.assert_allclose(found.data[6:18, 5, 5], at[6:18] ** 3, rtol=5e-3)
    assert (found.affine @ [23, 0, 0, 1])[0] == pytest.approx(11)


def test_padding_repeats_the_commonest_value_of_each_face():
    data = np.random.default_rng(3).random((6, 6, 6)).astype(np.float32)
    data[0], data[-1] = 0.25, 0.75
    data[0, :2] = 0.9
    found = fitted_cube(Volume(data, np.eye(4)), 10).data
    np.testing.assert_array_equal(found[0, 2:8, 2:8], 0.25)
    np.testing.assert_array_equal(found[-1, 2:8, 2:8], 0.75)
    np.testing.assert_array_equal(found[2:8, 2:8, 2:8], data)


def test_a_mask_is_padded_with_nothing():
    found = fitted_cube(Volume(np.ones((6, 6, 6), np.float32), np.eye(4)), 9, faces=False)
    assert found.data.sum() == 216 and found.affine[0, 3] == -1


def test_an_empty_brain_is_one_line(head):
    with pytest.raises(InputError, match="nothing above zero inside the brain mask"):
        own_volume("mrinet_58", head[0], Volume(head[1].data * 0, AFFINE))


def test_the_193_grid_lies_in_the_templates_space(template):
    grid, mask = icbm_grid(template)
    assert grid.data.shape == mask.data.shape == (193, 229, 193)
    assert mask.data.sum() * mask.voxel_ml == pytest.approx(template.mask.data.sum() * template.mask.voxel_ml, rel=0.01)
    np.testing.assert_allclose(middle(mask), middle(template.mask), atol=0.5)


def test_a_template_elsewhere_has_no_193_grid(template):
    away = Volume(template.mask.data, template.mask.affine + [[0, 0, 0, 60], [0] * 4, [0] * 4, [0] * 4])
    with pytest.raises(InputError, match="recipe icbm_193: its grid holds .* ICBM 152"):
        icbm_grid(Template(template.image, away, "mine"))


def test_only_recipes_without_registration_are_in_the_scans_own_space():
    assert space_of_input({"recipe": "mrinet_58"}, "mni152") == OWN
    assert [space_of_input({"recipe": name}, "mni152") for name in ("icbm_193", None)] == ["mni152"] * 2
