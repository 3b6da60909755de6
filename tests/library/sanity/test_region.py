import numpy as np
from torch import nn

from voxplain.networks.build import build
from voxplain.networks.seen_field import seen_field
from voxplain.sanity.region import seen_voxels

SHAPE = (22, 26, 25)


def test_the_blind_border_of_a_network_is_left_out():
    network = build("mrinet", SHAPE, width=2)
    assert np.array_equal(seen_voxels(network, SHAPE), seen_field(network, SHAPE))
    assert not seen_voxels(network, SHAPE).all()


def test_a_network_of_ones_own_is_shown_a_whole_volume():
    network = build("mrinet", SHAPE, width=2)
    box = seen_voxels(network, SHAPE)
    del network.seen
    assert np.array_equal(seen_voxels(network, SHAPE), box)


def test_a_network_that_mixes_all_voxels_sees_all_of_them():
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.InstanceNorm3d(2), nn.Flatten(), nn.Linear(2 * 20 * 24 * 23, 2))
    assert seen_voxels(network, SHAPE).all()
