import math

import numpy as np
import pytest
from scipy import ndimage
from sklearn.cluster import KMeans

from voxplain.volumes.measures.tissues import air_deviation, class_middles, otsu, tissues
from voxplain.volumes.volume import Volume

MEANS = 200.0, 600.0, 900.0  # CSF, grey, white


def ball(shape, spacing, radius):
    places = (np.indices(shape) - np.reshape(shape, (3, 1, 1, 1)) / 2 + 0.5) * spacing
    return np.sqrt((places**2).sum(0)) < radius


def onion(noise, spacing=2.0, shape=(70, 70, 70), background=None):
    """A head of nested balls whose tissues are known: white, grey, CSF, skull, scalp; Rician noise, and its mask."""
    radius = {"scalp": 62, "skull": 56, "csf": 50, "grey": 46, "white": 34}
    head = np.zeros(shape)
    for name, value in zip(radius, (1000, 30, *MEANS), strict=True):
        head[ball(shape, spacing, radius[name])] = value
    real, imaginary = np.random.default_rng(5).normal(0, noise, (2, *shape))
    head = np.hypot(head + real, imaginary)
    if background is not None:
        head[~ball(shape, spacing, 66)] = background
    affine = np.diag([spacing, spacing, spacing, 1])
    mask = ball(shape, spacing, 50).astype(np.float32)
    return Volume(head.astype(np.float32), affine), Volume(mask, affine)


@pytest.mark.parametrize("noise", [5.0, 20.0, 60.0])
def test_the_tissues_of_a_made_head_come_back_with_their_noise(noise):
    grey, white, air = tissues(*onion(noise))
    assert grey.median == pytest.approx(MEANS[1], rel=0.01) and white.median == pytest.approx(MEANS[2], rel=0.01)
    for tissue in (grey, white):
        assert tissue.deviation == pytest.approx(noise, rel=0.06) and tissue.mad == pytest.approx(noise, rel=0.06)
    assert air == pytest.approx(noise * math.sqrt((4 - math.pi) / 2), rel=0.06)


def test_a_finer_grid_of_the_same_head_has_the_same_noise():
    coarse, fine = (tissues(*onion(30.0, spacing, shape)) for spacing, shape in ((2.0, (70,) * 3), (1.0, (140,) * 3)))
    assert fine[0].deviation == pytest.approx(coarse[0].deviation, rel=0.05)
    assert fine[1].median == pytest.approx(coarse[1].median, rel=0.01)
    assert fine[2] == pytest.approx(coarse[2], rel=0.05)


def test_a_few_hot_vessels_do_not_become_a_class():
    head, mask = onion(20.0)
    hot = np.random.default_rng(6).random(head.data.shape) < 0.002
    head.data[hot] *= 4
    grey, white, _ = tissues(head, mask)
    assert grey.median == pytest.approx(MEANS[1], rel=0.01) and white.median == pytest.approx(MEANS[2], rel=0.01)


def test_air_that_was_set_to_nothing_is_not_looked_at():
    assert math.isnan(air_deviation(onion(20.0, background=0)[0]))
    assert math.isnan(air_deviation(Volume(np.zeros((40, 40, 40), np.float32), np.eye(4))))
    assert air_deviation(onion(20.0, background=7)[0]) == 0


def test_no_tissues_are_told_apart_where_there_are_none():
    head, mask = onion(0.0)
    assert tissues(head, Volume(mask.data * 0, mask.affine)) is None
    assert tissues(Volume(mask.data * 500, mask.affine), mask) is None


def test_the_middles_of_three_classes_are_scikit_learns():
    generator = np.random.default_rng(7)
    values = np.concatenate(
        [generator.normal(mean, 60, count) for mean, count in zip(MEANS, (900, 5000, 4000), strict=True)]
    )
    found = KMeans(3, init=np.array([[200.0], [600.0], [900.0]]), n_init=1).fit(values[:, None]).cluster_centers_
    assert class_middles(values) == pytest.approx(np.sort(found.ravel()), abs=5)


def test_the_threshold_has_the_least_variance_on_its_two_sides():
    generator = np.random.default_rng(8)
    values = np.concatenate([generator.normal(100, 20, 6000), generator.normal(400, 60, 3000)]).clip(0)
    tried = np.linspace(50, 450, 401)
    within = [sum(part.var() * part.size for part in (values[values <= t], values[values > t])) for t in tried]
    assert otsu(values) == pytest.approx(tried[np.argmin(within)], abs=6)
    filled = ndimage.gaussian_filter(np.pad(np.full((10, 10, 10), 300.0), 5), 1)
    assert 0 < otsu(filled) < 300
