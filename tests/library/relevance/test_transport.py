import numpy as np
import pytest

from voxplain.relevance.transport import Carriage

SHAPE = (12, 9, 10)
AFFINE = np.array([[2.0, 0, 0, -11], [0, 3, 0, 4], [0, 0, 2.5, 0], [0, 0, 0, 1]])


def plain_distance(one, other, points, directions):
    """The sliced 2-Wasserstein distance by a loop over directions and a fine grid of quantiles."""
    quantiles = (np.arange(200_000) + 0.5) / 200_000
    squares = []
    for direction in directions.T:
        along = points @ direction
        order = np.argsort(along)
        at = [along[order][np.searchsorted(np.cumsum(mass[order]), quantiles)] for mass in (one, other)]
        squares.append(np.mean((at[0] - at[1]) ** 2))
    return np.sqrt(np.mean(squares))


def test_a_map_moved_by_d_mm_is_as_far_away_as_itsdirections_see():
    mask = np.ones(SHAPE, bool)
    one, other = np.zeros((2, *SHAPE))
    one[2:4, 3:5, 2:4], other[7:9, 3:5, 2:4] = 1, 1
    fine = Carriage(mask, AFFINE, coarse=0.5, triples=3)
    assert fine.distance(fine.masses(one[mask]), fine.masses(other[mask])) == pytest.approx(10 / np.sqrt(3), rel=1e-6)


def test_distances_are_those_of_a_loop_overdirections():
    rng = np.random.default_rng(2)
    mask = rng.random(SHAPE) < 0.7
    carriage = Carriage(mask, AFFINE, triples=2, coarse=7.0)
    one, other = (carriage.masses(rng.gamma(0.3, size=mask.sum())) for _ in range(2))
    expected = plain_distance(one, other, carriage.centres, carriage.directions)
    assert carriage.distance(one, other) == pytest.approx(expected, rel=1e-3)


def test_mass_lies_at_the_centre_of_the_voxels_of_its_cube_and_sums_to_one():
    mask = np.ones(SHAPE, bool)
    carriage = Carriage(mask, AFFINE, coarse=1000.0)
    points = np.argwhere(mask) @ AFFINE[:3, :3].T + AFFINE[:3, 3]
    sides = points[:, 0] < 0
    assert np.allclose(sorted(carriage.centres[:, 0]), [points[sides, 0].mean(), points[~sides, 0].mean()])
    assert carriage.masses(np.arange(mask.sum()) - 20.0).sum() == pytest.approx(1)


def test_the_same_map_at_another_scale_or_sign_is_no_distance_away():
    mask = np.ones(SHAPE, bool)
    carriage, values = Carriage(mask, AFFINE), np.random.default_rng(3).normal(size=mask.sum())
    assert carriage.distance(carriage.masses(values), carriage.masses(-7 * values)) == pytest.approx(0, abs=1e-4)


def test_a_map_of_nothing_is_at_no_distance():
    carriage = Carriage(np.ones(SHAPE, bool), AFFINE)
    assert np.isnan(carriage.distance(carriage.masses(np.zeros(1080)), carriage.masses(np.ones(1080))))
    assert carriage.masses(np.full(1080, np.inf)) is None
