import numpy as np
import pytest

from voxplain.volumes.grids import resampled, smoothed
from voxplain.volumes.volume import Volume

AFFINE = np.diag([1.0, 1.0, 2.0, 1.0])


@pytest.fixture
def volume():
    return Volume(np.random.default_rng(4).normal(5, 1, (40, 36, 32)).astype(np.float32), AFFINE)


def test_a_finer_grid_asks_for_no_smoothing(volume):
    assert smoothed(volume, 1.0) is volume


def test_smoothing_makes_up_for_the_resolution_that_an_axis_lacks():
    point = Volume(np.zeros((41, 41, 41), np.float32), AFFINE)
    point.data[20, 20, 20] = 1
    blurred = smoothed(point, 5.0).data
    widths = []
    for axis, spacing in enumerate((1, 1, 2)):
        profile = blurred.sum(axis=tuple(other for other in range(3) if other != axis))
        widths.append(np.sqrt((profile * ((np.arange(41) - 20) * spacing) ** 2).sum()) * np.sqrt(8 * np.log(2)))
    np.testing.assert_allclose(widths, [np.sqrt(24), np.sqrt(24), np.sqrt(21)], rtol=0.02)


def test_a_checkerboard_does_not_alias_on_a_coarser_grid():
    board = Volume((np.indices((48, 48, 48)).sum(axis=0) % 2).astype(np.float32), np.eye(4))
    np.testing.assert_allclose(resampled(board, 3.0).data[2:-2, 2:-2, 2:-2], 0.5, atol=0.01)


def test_a_resampled_volume_stays_where_it_was():
    places = np.indices((40, 36, 32)).astype(np.float32)
    ramp = Volume(places[0] + 10 * places[2], np.array([[-1.0, 0, 0, 50], [0, 1, 0, -9], [0, 0, 1, 3], [0, 0, 0, 1]]))
    coarse = resampled(ramp, 4.0)
    assert coarse.data.shape == (10, 9, 8)
    corner = coarse.affine @ [5, 4, 3, 1]
    x, _, z, _ = np.linalg.inv(ramp.affine) @ corner
    assert coarse.data[5, 4, 3] == pytest.approx(x + 10 * z, abs=1e-3)


def test_the_same_spacing_leaves_every_value(volume):
    assert resampled(volume, volume.spacing) is volume
