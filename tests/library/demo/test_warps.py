import numpy as np
import pytest

from voxplain.demo.effects import region_velocity
from voxplain.demo.grid import LATTICE, vectors_at
from voxplain.demo.streams import stream
from voxplain.demo.warps import exponential, individual_velocity, jacobian_determinant


@pytest.mark.parametrize("subject", range(1, 7))
def test_an_individual_warp_never_folds_even_at_three_times_its_strength(subject):
    warp = exponential(individual_velocity(stream(1, subject, "warp"), 3.0))
    assert jacobian_determinant(warp).min() > 0
    assert np.abs(warp).max() > 3


@pytest.mark.parametrize("strength", [-6.0, 6.0, 10.0])
def test_the_regional_warp_never_folds(strength):
    assert jacobian_determinant(exponential(np.float32(strength) * region_velocity())).min() > 0


def test_following_a_velocity_and_then_its_opposite_leads_back():
    velocity = individual_velocity(stream(2, 1, "warp"), 1.5)
    there, back = exponential(velocity), exponential(-velocity)
    points = LATTICE.points()
    error = back + vectors_at(there, LATTICE, points + back)
    inside = (slice(None), *[slice(4, -4)] * 3)
    assert np.abs(error[inside]).max() < 0.15


def test_no_velocity_is_no_displacement():
    assert not exponential(np.zeros((3, *LATTICE.shape), np.float32)).any()


def test_jacobian_of_a_linear_map_is_its_determinant():
    x, y, z = LATTICE.points()
    displacement = np.stack([0.1 * x + 0.2 * y, -0.1 * z, 0.3 * z])
    np.testing.assert_allclose(jacobian_determinant(displacement), 1.1 * 1.0 * 1.3, rtol=1e-4)
