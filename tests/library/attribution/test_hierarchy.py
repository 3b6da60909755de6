from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import ndimage

from voxplain.attribution.boundaries import BINS, boundary_strength, directions
from voxplain.attribution.hierarchy import nearest_basins, nested_segments, watershed_basins


@pytest.fixture
def head():
    """A smooth made head with a zero background, (34, 40, 30), and where it is."""
    noise = np.random.default_rng(3).normal(size=(34, 40, 30))
    made = ndimage.gaussian_filter(noise, 2)
    grid = np.stack(np.meshgrid(*[np.linspace(-1.2, 1.2, length) for length in made.shape], indexing="ij"))
    inside = (grid**2).sum(0) < 1
    return np.where(inside, made / made.std() + 5, 0), inside


def looped_strength(values, inside, radii):
    """The largest over directions of the sum over radii of the distance between half-balls, voxel by voxel."""
    best = np.zeros(values.shape)
    for direction in directions(values.ndim):
        total = np.zeros(values.shape)
        for radius in radii:
            total += distance_across(values, inside, radius, direction.numpy())
        best = np.maximum(best, total)
    return best


def distance_across(values, inside, radius, direction):
    low, high = values[inside].min(), values[inside].max()
    bins = np.minimum(((values - low) / (high - low) * BINS).astype(int), BINS - 1)
    grid = np.stack(np.meshgrid(*(np.arange(length) for length in values.shape), indexing="ij"), -1)
    found = np.zeros(values.shape)
    for at in zip(*np.nonzero(inside), strict=True):
        gap = grid - at
        near, side = ((gap**2).sum(-1) <= radius**2) & inside, gap @ direction
        sides = [near & (side > 1e-6), near & (side < -1e-6)]
        if sides[0].any() and sides[1].any():
            one, two = (np.bincount(bins[half], minlength=BINS) / half.sum() for half in sides)
            full = one + two > 0
            found[at] = 0.5 * ((one - two)[full] ** 2 / (one + two)[full]).sum()
    return found


@pytest.mark.parametrize("shape", [(7, 9), (7, 6, 9)])
def test_strength_agrees_with_a_plain_loop_over_half_balls(shape):
    generator = np.random.default_rng(1)
    values = generator.normal(size=(2, *shape))
    inside = np.ones(shape, dtype=bool)
    inside[:2], inside[4, 3] = False, False
    found = boundary_strength(torch.from_numpy(values), torch.from_numpy(inside), (2, 3))
    expected = sum(looped_strength(one, inside, (2, 3)) for one in values)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


def test_directions_are_thirteen_in_space_and_four_in_the_plane():
    assert len(directions(3)) == 13 and len(directions(2)) == 4
    opposite = directions(3) @ directions(3).T
    assert (opposite > -1 + 1e-9).all()


def test_the_strongest_boundary_of_a_step_is_at_the_step():
    volume = torch.zeros(1, 12, 11, 13, dtype=torch.float64)
    volume[:, 5:] = 1
    strength = boundary_strength(volume, torch.ones(12, 11, 13, dtype=torch.bool), (2,))
    assert torch.equal(strength.mean((1, 2)).topk(2).indices.sort().values, torch.tensor([4, 5]))
    # both halves of a ball whose central plane lies in one material are pure
    assert torch.allclose(strength[4:6], torch.ones(()).double())
    assert (strength[:2] == 0).all() and (strength[8:] == 0).all()


def test_what_is_outside_makes_no_boundary(head):
    values, inside = head
    volume = torch.from_numpy(np.where(inside, 1.0, 0.0))[None]
    assert (boundary_strength(volume, torch.from_numpy(inside)) == 0).all()
    again = np.where(inside, values, 1e3)
    one, two = (boundary_strength(torch.from_numpy(made)[None], torch.from_numpy(inside)) for made in (values, again))
    assert torch.equal(one, two) and (one[~torch.from_numpy(inside)] == 0).all()


@pytest.mark.parametrize("shape", [(17, 19), (9, 11, 8)])
def test_basins_are_where_steepest_descent_ends(shape):
    strength = np.random.default_rng(4).integers(0, 30, size=shape) / 10
    inside = np.random.default_rng(5).random(shape) < 0.9
    rank = {at: (strength[at], number) for number, at in enumerate(np.ndindex(*shape))}
    ends = {}
    for start in zip(*np.nonzero(inside), strict=True):
        at = start
        while True:
            near = [at] + [
                tuple(np.add(at, step * np.eye(len(shape), dtype=int)[axis]))
                for axis in range(len(shape))
                for step in (-1, 1)
            ]
            lowest = min((one for one in near if one in rank and inside[one]), key=rank.get)
            if lowest == at:
                break
            at = lowest
        ends[start] = at
    basins = watershed_basins(strength, inside)
    assert (basins[~inside] == 0).all() and (basins[inside] > 0).all()
    pairs = {(basins[start], end) for start, end in ends.items()}
    assert len(pairs) == len({one for one, _ in pairs}) == len({end for _, end in pairs}) == basins.max()


def test_voxels_beside_another_basin_go_to_the_one_that_is_most_like_them():
    values = np.array([[[0, 0, 5, 5, 0, 0.0], [0, 0, 5, 5, 5, 0.0]]])
    # the bright columns are cut one voxel too far in, and the last basin lies in the dark
    basins = np.array([[1, 1, 1, 2, 2, 3], [1, 1, 1, 2, 2, 3]])
    found = nearest_basins(basins, values)
    # of the basins 1, 2 and 3 the means are 5/3, 15/4 and 0
    assert found.tolist() == [[1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 2, 3]]
    assert (nearest_basins(np.where(values[0] > 0, 1, 0), values) == (values[0] > 0)).all()


def test_a_small_cube_is_a_segment_up_to_its_edges():
    volume = np.random.default_rng(2).normal(scale=0.05, size=(20, 19, 21))
    volume[5:10, 4:10, 6:11] += 1
    cube, inside = volume > 0.5, np.ones(volume.shape, dtype=bool)
    strength = boundary_strength(torch.from_numpy(volume)[None], torch.from_numpy(inside)).numpy()

    def overlap(values):
        """The largest share that the cube and a segment have of both."""
        levels = nested_segments(strength, inside, values, coarsest=2)
        return max(
            (cube & (level == one)).sum() / (cube | (level == one)).sum()
            for level in levels
            for one in np.unique(level)
        )

    assert overlap(volume[None]) > 0.9
    # without the voxels' likeness, the rim is lost
    assert overlap(None) < 0.8


def test_there_are_ten_levels_or_more_and_each_coarse_segment_is_a_union_of_finer_ones(head):
    values, inside = head
    strength = boundary_strength(torch.from_numpy(values)[None], torch.from_numpy(inside)).numpy()
    levels = nested_segments(strength, inside, finest=200)
    counts = [len(np.unique(level[inside])) for level in levels]
    assert len(levels) >= 10 and counts[0] == 200 and counts[-1] == 3
    assert all(fine > coarse for fine, coarse in pairwise(counts))
    for fine, coarse in pairwise(levels):
        assert len(np.unique(np.stack([fine[inside], coarse[inside]]), axis=1).T) == len(np.unique(fine[inside]))
    for level in levels:
        assert (level[inside] > 0).all() and (level[~inside] == 0).all()


def test_every_segment_is_in_one_piece_and_small_ones_are_joined_first(head):
    values, inside = head
    strength = boundary_strength(torch.from_numpy(values)[None], torch.from_numpy(inside)).numpy()
    levels = nested_segments(strength, inside, finest=50, smallest=30)
    for level in levels:
        for name in np.unique(level[inside]):
            assert ndimage.label(level == name)[1] == 1
        assert np.unique(level[inside], return_counts=True)[1].min() >= 30


def test_the_weakest_mean_boundary_is_joined_first():
    # four basins in a row, with walls of 3, 1 and 2 between them
    strength = np.array([[0, 3, 0, 1, 0, 2, 0]] * 2, dtype=float)
    levels = nested_segments(strength, np.ones((2, 7), dtype=bool), levels=9, coarsest=1, smallest=1)
    joined = [[len({level[0, at] for at in pair}) == 1 for pair in ((0, 2), (2, 4), (4, 6))] for level in levels]
    assert joined == [[False] * 3, [False, True, False], [False, True, True], [True] * 3]


def test_parts_that_lie_apart_are_never_joined():
    strength, inside = np.random.default_rng(6).random((9, 8, 7)), np.ones((9, 8, 7), dtype=bool)
    inside[3] = inside[6] = False
    levels = nested_segments(strength, inside, coarsest=1, finest=2)
    assert [len(np.unique(level[inside])) for level in levels] == [3]
