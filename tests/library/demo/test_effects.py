import numpy as np

from voxplain.demo.brain import load_brain
from voxplain.demo.effects import region_radius, region_velocity
from voxplain.demo.grid import LATTICE


def test_the_regional_flow_is_mirror_symmetric_and_at_most_one_millimetre_fast():
    velocity = region_velocity()
    np.testing.assert_allclose(velocity[0], -velocity[0, ::-1], atol=1e-6)
    np.testing.assert_allclose(velocity[1:], velocity[1:, ::-1], atol=1e-6)
    assert np.isclose(np.sqrt((velocity**2).sum(0)).max(), 1)


def test_nothing_outside_the_regions_flows():
    assert not region_velocity()[:, region_radius(LATTICE.points()) > 1].any()


def test_the_regions_lie_inside_the_brain():
    brain = load_brain(1.0)
    inside = region_radius(brain.grid.points()) < 1
    assert brain.extent[inside].mean() > 0.98
