import numpy as np
import pytest

from voxplain.demo.grid import Grid, head_grid, resampled, values_at, vectors_at


def ramp(grid):
    x, y, z = grid.points()
    return 2 * x - y + 0.5 * z


def test_points_are_what_the_affine_says():
    grid = Grid((-3.0, 5.0, 7.0), 2.0, (4, 5, 6))
    expected = grid.affine @ [3, 4, 1, 1]
    np.testing.assert_allclose(grid.points()[:, 3, 4, 1], expected[:3])


@pytest.mark.parametrize("spacing", [2.0, 3.0, 6.0])
def test_head_box_is_the_same_at_every_spacing(spacing):
    grid = head_grid(spacing)
    low = np.array(grid.origin) - spacing / 2
    np.testing.assert_allclose(low, [-96, -128, -136])
    assert np.all(np.abs(low + spacing * np.array(grid.shape) - [96, 112, 100]) < spacing)
    assert min(grid.shape) >= 32


def test_interpolation_of_a_linear_field_is_exact():
    source, target = Grid((-10.0, -12.0, -8.0), 4.0, (6, 7, 5)), Grid((-7.0, -9.0, -6.0), 1.5, (9, 10, 8))
    field = ramp(source)
    np.testing.assert_allclose(values_at(field, source, target.points()), ramp(target), atol=1e-4)
    np.testing.assert_allclose(resampled(field, source, target), ramp(target), atol=1e-4)
    np.testing.assert_allclose(
        vectors_at(np.stack([field, -field]), source, target.points())[1], -ramp(target), atol=1e-4
    )


def test_beyond_its_edge_a_resampled_field_keeps_its_edge():
    source, target = Grid((0.0, 0.0, 0.0), 4.0, (3, 4, 5)), Grid((-40.0, 0.0, 0.0), 2.0, (3, 4, 5))
    field = ramp(source)
    np.testing.assert_allclose(resampled(field, source, target)[:, 0, 0], field[0, 0, 0])
