import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from voxplain.sanity.faithfulness.baselines import centre, network_free

SHAPE = (14, 18, 12)


@pytest.fixture
def brain():
    grid = np.indices(SHAPE) - np.reshape([6, 10, 5], (3, 1, 1, 1))
    return ((grid / np.reshape([5, 7, 4], (3, 1, 1, 1))) ** 2).sum(axis=0) <= 1


def test_the_centre_is_highest_in_the_middle_of_the_brain_and_falls_with_the_brains_own_width(brain):
    found = centre(brain)
    assert np.unravel_index(found.argmax(), SHAPE) == (6, 10, 5)
    assert found[11, 10, 5] == pytest.approx(found[6, 17, 5], rel=0.05), "5 voxels across as 7 along"
    assert (np.diff(found[6:, 10, 5]) < 0).all()


def test_random_maps_are_as_smooth_as_the_map_and_others_know_nothing_of_it(brain):
    rough, smooth = (gaussian_filter(np.random.default_rng(1).standard_normal(SHAPE), width) for width in (0.4, 2))
    mean = np.random.default_rng(2).random(SHAPE)
    found = [network_free(values, brain, brain, mean, 4, (1, 2)) for values in (rough, smooth)]

    def roughness(values):
        return np.abs(np.diff(values, axis=1))[:, :, 2:9].mean() / values.std()

    ours = [np.mean([roughness(one) for one in maps["random"]]) for maps in found]
    assert ours[0] > 2 * ours[1]
    assert all(len(maps["random"]) == 4 for maps in found)
    for name in ("centre", "edges"):
        assert (found[0][name][0] == found[1][name][0]).all()
    assert found[0]["edges"][0] == pytest.approx(np.sqrt(sum(one**2 for one in np.gradient(mean))))


def test_what_there_is_none_of_is_none(brain):
    found = network_free(np.full(SHAPE, np.nan), brain, np.zeros(SHAPE, bool), None, 3, (1,))
    assert found == {"random": [None], "centre": [None], "edges": [None]}
