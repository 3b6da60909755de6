import numpy as np
import pytest
from scipy import ndimage

from voxplain.volumes.greedy import Schedule, fitted_warp, inverted
from voxplain.volumes.grids import resampled
from voxplain.volumes.registration import GREEDY
from voxplain.volumes.volume import Volume


def smooth_warp(shape, size, width=5, seed=3):
    """A random displacement (x, y, z, 3) in voxels of standard deviation ``size``, smooth over ``width`` voxels."""
    noise = np.random.default_rng(seed).standard_normal((3, *shape)).astype(np.float32)
    smooth = np.stack([ndimage.gaussian_filter(part, width) for part in noise])
    return np.moveaxis(size * smooth / smooth.std(), 0, -1)


def pulled(data, warp):
    places = np.indices(data.shape, np.float32) + np.moveaxis(warp, -1, 0)
    return ndimage.map_coordinates(data, places, order=1, mode="nearest")


@pytest.fixture(scope="module")
def warped(template):
    """The template's brain, the same bent by a known warp, and that warp."""
    known = smooth_warp(template.image.data.shape, 1.0)
    return template.image, Volume(pulled(template.image.data, known), template.image.affine), known


def fitted(fixed, moving, name="fast", finest=4.0):
    return fitted_warp(lambda spacing: (resampled(fixed, spacing), resampled(moving, spacing)), finest, GREEDY[name])


def test_a_known_warp_is_found_again(warped, template):
    fixed, moving, known = warped
    warp, affine = fitted(moving, fixed)
    np.testing.assert_array_equal(affine, fixed.affine)
    missed = np.linalg.norm(warp - known, axis=-1)[template.mask.data > 0]
    assert np.median(missed) < 0.25 * np.median(np.linalg.norm(known, axis=-1))


def test_contrast_of_its_own_changes_little(warped, template):
    fixed, moving, known = warped
    other = Volume(1000 * moving.data**1.6 + 50 * (moving.data > 0), moving.affine)
    missed = np.linalg.norm(fitted(other, fixed)[0] - known, axis=-1)[template.mask.data > 0]
    assert np.median(missed) < 0.35 * np.median(np.linalg.norm(known, axis=-1))


def test_a_warp_after_its_inverse_leaves_every_point_where_it_was():
    warp = smooth_warp((30, 28, 26), 0.8)
    back = inverted(warp)
    places = np.indices(warp.shape[:3], np.float32) + np.moveaxis(back, -1, 0)
    left = back + np.stack(
        [ndimage.map_coordinates(warp[..., k], places, order=1, mode="nearest") for k in range(3)], -1
    )
    assert np.abs(left[4:-4, 4:-4, 4:-4]).max() < 0.01


def test_equal_brains_and_empty_ones_stay_where_they_are(template):
    for image in (template.image, Volume(np.zeros((20, 22, 24), np.float32), template.image.affine)):
        assert np.abs(fitted(image, image)[0]).max() < 0.05


def test_levels_finer_than_the_template_become_one_of_its_own_spacing():
    asked = []

    def pair_at(spacing):
        asked.append(spacing)
        volume = Volume(np.zeros((8, 8, 8), np.float32), np.diag([spacing, spacing, spacing, 1]))
        return volume, volume

    fitted_warp(pair_at, 3.0, Schedule(((8, 1), (4, 1), (2, 1), (1, 1)), radius=1, step=0.5, fluid=1, elastic=0.5))
    assert asked == [8, 4, 3]
