from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.cascade_table import CASCADE_ALONE, cascade_rows, columns_of
from voxplain.sanity.oriented_gradients import DIRECTIONS, GradientsInMask
from voxplain.sanity.similarity import HOG, MapsInMask
from voxplain.store import Volumes, write_store

SHAPE = (13, 11, 12)
GRADIENT = {"name": "gradient", "method": "gradient", "target": "predicted", "score": "log_odds", "options": {}}


@pytest.fixture
def mask():
    inside = np.random.default_rng(1).random(SHAPE) > 0.03
    inside[:2], inside[:, :, 10:] = False, False
    return inside


@pytest.fixture
def smooth():
    """Two maps of slow waves, (2, x, y, z)."""
    x, y, z = np.indices(SHAPE) / 3
    return np.stack([np.sin(x) + np.cos(y + z), np.sin(x + 2 * y) * np.cos(z)])


def alike(one, other, inside):
    maps = MapsInMask(inside)
    return maps.similarity(maps.described(one), maps.described(other), [HOG])[HOG]


def looped(values, inside, cell):
    """Histograms of every cell that has a voxel with all its neighbours in the mask, in the order of cells."""
    ways = [way for way in product((-1, 0, 1), repeat=3) if way > (0, 0, 0)]
    found = {}
    for x, y, z in product(*map(range, SHAPE)):
        around = [(x + 1, y, z), (x - 1, y, z), (x, y + 1, z), (x, y - 1, z), (x, y, z + 1), (x, y, z - 1), (x, y, z)]
        if not all(all(0 <= at < n for at, n in zip(one, SHAPE, strict=True)) and inside[one] for one in around):
            continue
        slope = [(values[around[2 * axis]] - values[around[2 * axis + 1]]) / 2 for axis in range(3)]
        cosines = [abs(np.dot(slope, way)) / np.linalg.norm(way) for way in ways]
        of_cell = found.setdefault((x // cell, y // cell, z // cell), np.zeros(13))
        of_cell[int(np.argmax(cosines))] += np.linalg.norm(slope)
    return np.array([found[key] / np.linalg.norm(found[key]) for key in sorted(found)])


def test_thirteen_directions_are_one_of_each_two_opposite_ways():
    assert DIRECTIONS.shape == (13, 3)
    np.testing.assert_allclose(np.linalg.norm(DIRECTIONS, axis=1), 1)
    assert len({tuple(np.sign(way * side)) for way in DIRECTIONS for side in (1, -1)}) == 26


@pytest.mark.parametrize("cell", [3, 8])
def test_histograms_are_those_of_a_loop_over_voxels(mask, smooth, cell):
    expected = looped(smooth[0], mask, cell).ravel()
    expected = (expected - expected.mean()) / np.linalg.norm(expected - expected.mean())
    np.testing.assert_allclose(GradientsInMask(mask, cell).described(smooth[0]), expected, atol=1e-12)


def test_alike_is_the_correlation_of_histograms_in_the_box_of_the_mask(mask, smooth):
    box = tuple(slice(at.min(), at.max() + 1) for at in mask.nonzero())
    rows = [GradientsInMask(mask[box]).described(one[box]) for one in smooth]
    found = alike(*smooth, mask)
    assert found == pytest.approx(np.corrcoef(*rows)[0, 1]) and found < 0.9
    assert alike(smooth[0], smooth[0], mask) == pytest.approx(1)


def test_scale_sign_and_what_lies_outside_the_mask_do_not_count(mask, smooth):
    assert alike(smooth[0], -3 * smooth[0] + 7, mask) == pytest.approx(1)
    assert alike(smooth[0], np.where(mask, smooth[0], 99), mask) == pytest.approx(1)


def test_the_way_that_edges_run_counts(mask):
    x, y, _ = np.indices(SHAPE).astype(float)
    assert alike(x, x + 0.01 * y, mask) == pytest.approx(1) and alike(x, y, mask) < 0


def test_a_map_without_an_edge_is_alike_to_nothing(mask, smooth):
    broken = smooth[0].copy()
    broken[tuple(np.argwhere(mask)[40])] = np.nan
    thin = np.zeros(SHAPE, bool)
    thin[4] = True
    for one, inside in ((np.ones(SHAPE), mask), (broken, mask), (smooth[1], thin), (smooth[1], np.zeros(SHAPE, bool))):
        assert np.isnan(alike(smooth[0], one, inside))


def test_a_cascade_has_a_column_of_it_where_it_is_asked_for(tmp_path):
    rng = np.random.default_rng(2)
    write_store(tmp_path / "s.h5", [("a", "a", rng.standard_normal(SHAPE), np.ones(SHAPE))], np.eye(4), "mni152", {})
    torch.manual_seed(1)
    network = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(SHAPE)), 2)).eval()
    given = (network, Volumes(tmp_path / "s.h5"), torch.tensor([1]), GRADIENT, np.ones(SHAPE, bool))
    asked = CASCADE_ALONE | {"hog": True}
    rows = cascade_rows(*given, draws=1, seed=[3], asked=asked)
    assert set(rows[0]) | {"split"} == set(columns_of(asked)) == set(columns_of(CASCADE_ALONE)) | {"hog"}
    assert rows[0][HOG] == pytest.approx(1) and abs(rows[-1][HOG]) < 0.5
    assert HOG not in cascade_rows(*given, draws=1, seed=[3])[0]
