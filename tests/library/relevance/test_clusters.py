import numpy as np
import pytest
from nilearn.mass_univariate._utils import calculate_cluster_measures, calculate_tfce
from scipy import ndimage

from voxplain.relevance.clusters import clusters, enhanced

FACES = ndimage.generate_binary_structure(3, 1)


@pytest.fixture
def noise():
    return ndimage.gaussian_filter(np.random.default_rng(1).normal(size=(9, 12, 10)), 1) * 12


def test_clusters_of_both_signs_are_numbered_apart():
    values = np.zeros((4, 3, 3))
    values[0, 0, :2] = 3, 4
    values[1, 0, 0] = -5
    values[3, 2, 2] = 2.5
    numbers, sizes, masses = clusters(values, 2)
    assert numbers[0, 0].tolist() == [1, 1, 0] and numbers[3, 2, 2] == 2 and numbers[1, 0, 0] == 3
    assert sizes.tolist() == [2, 1, 1] and masses.tolist() == [3, 0.5, 3]


def test_voxels_that_touch_by_an_edge_are_two_clusters():
    values = np.zeros((3, 3, 3))
    values[0, 0, 0] = values[1, 1, 0] = 3
    assert clusters(values, 2)[1].tolist() == [1, 1]


def test_a_map_below_the_threshold_has_no_cluster():
    numbers, sizes, masses = clusters(np.ones((3, 4, 2)), 2)
    assert not numbers.any() and len(sizes) == len(masses) == 0


def test_the_largest_cluster_is_nilearns(noise):
    _, sizes, masses = clusters(noise, 1.5)
    theirs = calculate_cluster_measures(noise[..., None], 1.5, FACES, two_sided_test=True)
    assert sizes.max() == theirs[0][0] and masses.max() == pytest.approx(theirs[1][0])


def test_enhancement_of_a_plateau_is_its_sum_over_thresholds():
    values = np.zeros((5, 4, 3))
    values[1:3, 1:3, 1] = 0.55
    expected = sum(4**0.5 * h**2 * 0.1 for h in (0.1, 0.2, 0.3, 0.4, 0.5))
    assert np.allclose(enhanced(values)[1:3, 1:3, 1], expected) and np.count_nonzero(enhanced(values)) == 4
    assert np.allclose(enhanced(-values), -enhanced(values))


def test_enhancement_is_nilearns_times_the_step(noise):
    noise *= 3 / np.abs(noise).max()
    theirs = calculate_tfce(noise[..., None], FACES, dh=0.1)[..., 0]
    assert np.allclose(enhanced(noise), theirs * 0.1, rtol=1e-6, atol=1e-9)
