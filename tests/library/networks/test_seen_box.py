import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from voxplain.networks.boxes import in_box, unseen_share
from voxplain.networks.build import build
from voxplain.networks.seen_box import seen_box
from voxplain.networks.seen_field import seen_field

SHAPES = [
    ("mrinet", (25, 22, 31)),
    ("adni_cnn", (91, 109, 91)),
    ("small_elu", (91, 78, 83)),
    ("s500_cnn", (77, 84, 91)),
    ("vox_resnet", (63, 49, 58)),
    ("vox_resnet_cam", (11, 12, 13)),
]


class Odd(nn.Module):
    """Uneven kernels, dilation, strides, padding by name, pads before a layer, functional pooling and a skip."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv3d(2, 3, (3, 2, 1), stride=(2, 1, 3), dilation=(1, 2, 1))
        self.same = nn.Conv3d(3, 3, (3, 4, 5), padding="same", padding_mode="replicate")
        self.last = nn.Conv3d(3, 2, 3, padding=(1, 0, 1))
        self.linear = nn.Linear(2, 2)

    def forward(self, volumes):
        volumes = self.first(F.pad(volumes, (0, 0, 1, 0, 0, 2)))
        volumes = F.elu(self.same(volumes)) + volumes
        volumes = F.avg_pool3d(F.relu(self.last(volumes)), (2, 3, 1))
        return self.linear(F.adaptive_max_pool3d(volumes, 1).flatten(1))


class Reshaped(nn.Module):
    """Cuts the first axis into slabs of three planes, so that a line of voxels has no meaning."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)
        self.linear = nn.Linear(2, 2)

    def forward(self, volumes):
        slabs = volumes[:, 0, :9].reshape(-1, 3, *volumes.shape[3:])
        return self.linear(self.conv(slabs).mean((2, 3))).view(len(volumes), 3, 2).mean(1)


def box_of(field):
    return [[int(where.min()), int(where.max()) + 1] for where in np.nonzero(field)]


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_the_box_is_that_of_the_field_that_a_whole_volume_shows(name, shape):
    network = build(name, shape, width=2)
    assert network.seen == seen_box(network, shape) == box_of(seen_field(network, shape))


@pytest.mark.parametrize("shape", [(14, 15, 16), (17, 12, 11)])
def test_uneven_windows_are_followed_along_each_axis(shape):
    torch.manual_seed(1)
    network = Odd()
    assert seen_box(network, shape) == box_of(seen_field(network, shape, channels=2))


def test_a_network_that_a_line_cannot_pass_is_shown_a_whole_volume():
    assert seen_box(Reshaped(), (11, 6, 7)) == [[0, 9], [0, 6], [0, 7]]


def test_a_network_that_mixes_all_voxels_sees_all_of_them():
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.GroupNorm(1, 2), nn.MaxPool3d(4), nn.Flatten(), nn.Linear(2, 2))
    assert seen_box(network, (7, 8, 9)) == [[0, 7], [0, 8], [0, 9]]


def test_a_network_that_says_what_it_sees_is_believed():
    network = nn.Sequential(nn.Conv3d(1, 2, 3))
    network.seen = [(0, 4), (1, 5), (2, 6)]
    assert seen_box(network, (7, 8, 9)) == [[0, 4], [1, 5], [2, 6]]


def test_at_one_millimetre_it_takes_no_longer_than_a_blink_and_the_network_stays_as_it_was():
    network = build("adni_cnn", (193, 229, 193)).train()
    network.features.norm1.eval()
    del network.seen
    before, drawn = {key: value.clone() for key, value in network.state_dict().items()}, torch.get_rng_state()
    begun = time.process_time()
    assert seen_box(network, (193, 229, 193)) == [[0, 186], [0, 222], [0, 186]]
    # a whole volume in double precision takes minutes and gigabytes
    assert time.process_time() - begun < 2
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert network.features.conv1.training and not network.features.norm1.training
    assert torch.equal(torch.get_rng_state(), drawn)


def test_the_unseen_share_of_a_brain_is_by_weight():
    brain = np.zeros((4, 5, 6))
    brain[1, 1, 1], brain[3, 4, 5] = 3, 1
    assert unseen_share([[0, 3], [0, 5], [0, 6]], brain) == 0.25
    assert unseen_share([[0, 4], [0, 5], [0, 6]], brain) == 0
    assert unseen_share([[0, 1], [0, 1], [0, 1]], np.zeros((4, 5, 6))) == 0
    assert in_box([[0, 3], [1, 5], [0, 6]], (4, 5, 6)).sum() == 3 * 4 * 6


@pytest.mark.parametrize(("name", "shape"), [one for one in SHAPES if one[0] != "vox_resnet_cam"])
def test_rounding_up_and_padding_each_show_the_network_every_voxel(name, shape):
    everything = [[0, length] for length in shape]
    assert build(name, shape, width=1, rounding="ceil").seen == everything
    padded = build(name, shape, width=1, padding="seen").eval()
    assert padded.seen == everything == box_of(seen_field(padded, shape))
    assert padded(torch.randn(2, 1, *shape)).shape == (2, 2)


def test_padding_adds_no_more_than_it_needs_and_leaves_the_names_of_weights():
    shape = (91, 109, 91)
    torch.manual_seed(1)
    plain, padded = (build("adni_cnn", shape, width=1, padding=padding) for padding in ("none", "seen"))
    assert list(plain.state_dict()) == list(padded.state_dict())
    # 114 is the next length whose pooling drops nothing below 91 and 109
    assert padded.features.pad.padding == (0, 23, 0, 5, 0, 23)
    assert padded.get_submodule(padded.cam_layer)
    whole = build("mrinet", (22, 22, 22), width=1, padding="seen")
    assert not hasattr(whole.features, "pad"), "nothing was unseen"


def test_what_is_added_is_empty_space():
    torch.manual_seed(1)
    padded = build("mrinet", (25, 22, 27), width=2, padding="seen").eval()
    torch.manual_seed(1)
    pads = padded.features.pad.padding
    larger = build("mrinet", tuple(n + pad for n, pad in zip((25, 22, 27), pads[::-2], strict=True)), width=2).eval()
    larger.load_state_dict(padded.state_dict())
    volumes = torch.randn(2, 1, 25, 22, 27)
    torch.testing.assert_close(padded(volumes), larger(F.pad(volumes, pads)))
