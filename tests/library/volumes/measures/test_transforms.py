import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from voxplain.volumes.measures.transforms import rotation, shear, shift, warp_measures


def matrix_of(linear):
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, (4, -9, 2)
    return matrix


TURN = Rotation.from_rotvec([0.3, -0.2, 0.5]).as_matrix()
STRETCH = np.diag([1.1, 0.9, 1.3])


def test_the_angle_of_a_turn_is_known_whatever_its_axis_and_scaling():
    angle = np.degrees(np.linalg.norm([0.3, -0.2, 0.5]))
    assert rotation(matrix_of(TURN)) == pytest.approx(angle)
    assert rotation(matrix_of(1.7 * TURN)) == pytest.approx(angle)
    assert rotation(matrix_of(TURN @ STRETCH)) == pytest.approx(angle)
    assert rotation(np.eye(4)) == 0 and rotation(matrix_of(np.diag([-1, -1, 1]))) == pytest.approx(180)


def test_the_shift_of_a_brain_is_how_far_its_middle_goes():
    assert shift(matrix_of(np.eye(3)), np.array([5.0, 6, 7])) == pytest.approx(np.sqrt(16 + 81 + 4))
    about = matrix_of(TURN)
    about[:3, 3] = [5, 6, 7] - TURN @ [5, 6, 7]
    assert shift(about, np.array([5.0, 6, 7])) == pytest.approx(0, abs=1e-12)


def test_shear_is_that_of_the_triangle_after_any_turn_and_before_any_stretch():
    slanted = np.array([[1, 0.05, -0.02], [0, 1, 0.11], [0, 0, 1]])
    assert shear(matrix_of(slanted)) == pytest.approx(0.11)
    assert shear(matrix_of(TURN @ STRETCH @ slanted)) == pytest.approx(0.11)
    assert shear(matrix_of(TURN @ STRETCH)) == pytest.approx(0, abs=1e-12)


def test_a_flattened_matrix_is_sheared_without_bound():
    assert shear(matrix_of(np.diag([1, 0, 1]))) == np.inf


def test_the_range_of_a_warp_and_what_it_folds_are_counted_inside_alone():
    determinant, inside = np.full((4, 4, 4), 9.0), np.zeros((4, 4, 4))
    inside[:2] = 1
    determinant[:2] = 1
    determinant[0, 0, :3] = 0.25, 2.5, 0
    assert warp_measures(determinant, inside) == {"jacobian_min": 0, "jacobian_max": 2.5, "folded": 1 / 32}
