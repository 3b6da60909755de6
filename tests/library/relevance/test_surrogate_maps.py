from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from tests.library.relevance.made_fields import SHAPE, SPACING, ellipsoid, field
from voxplain.errors import InputError
from voxplain.relevance import surrogate_maps
from voxplain.relevance.surrogate_maps import surrogates, variogram

MASK = ellipsoid()


def whole(values):
    found = np.zeros(SHAPE)
    found[MASK] = values
    return found


def test_a_surrogate_has_the_values_of_the_map_in_another_order():
    made = field(1, 6)
    one, other = surrogates(made, MASK, SPACING, 2)
    assert np.array_equal(np.sort(one), np.sort(made[MASK]))
    assert not np.array_equal(one, other)
    assert abs(np.corrcoef(one, made[MASK])[0, 1]) < 0.6


@pytest.mark.parametrize("sigma", [0.0, 4.0, 8.0])
def test_surrogates_are_as_smooth_as_the_map(sigma):
    made = field(2, sigma)
    _, wanted = variogram(made, MASK, SPACING)
    found = np.mean([variogram(whole(one), MASK, SPACING)[1] for one in surrogates(made, MASK, SPACING, 20)], axis=0)
    assert np.abs(found - wanted).max() < 0.2 * wanted.max()


def test_the_variogram_is_that_of_all_pairs_of_voxels(monkeypatch):
    monkeypatch.setattr(surrogate_maps, "PAIRS", 40000)
    made = field(3, 5)
    distances, found = variogram(made, MASK, SPACING)
    apart = pdist(np.argwhere(MASK) * SPACING)
    halves = pdist(made[MASK][:, None], "sqeuclidean") / 2
    assert (np.diff(distances) > 0).all() and distances[-1] <= np.percentile(apart, 27)
    edges = np.concatenate([[0], (distances[1:] + distances[:-1]) / 2])
    for (low, high), one in list(zip(pairwise(edges), found, strict=False))[3:]:
        near = (apart > low) & (apart <= high)
        if near.sum() > 2000:
            assert one == pytest.approx(halves[near].mean(), rel=0.12)


def test_the_same_seed_gives_the_same_surrogates():
    made = field(4, 5)
    one, other = (np.array(list(surrogates(made, MASK, SPACING, 2, seed=7))) for _ in range(2))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("made", "mask", "told"),
    [
        (np.ones(SHAPE), MASK, "map: constant or not finite inside the mask"),
        (np.full(SHAPE, np.nan), MASK, "map: constant or not finite inside the mask"),
        (
            field(5, 3),
            MASK & (np.arange(SHAPE[0]) == 8)[:, None, None] & (np.arange(15) < 4),
            r"mask: \d\d voxels; comparing maps",
        ),
    ],
)
def test_what_has_no_surrogates_is_refused(made, mask, told):
    with pytest.raises(InputError, match=told):
        next(surrogates(made, mask, SPACING, 1))
