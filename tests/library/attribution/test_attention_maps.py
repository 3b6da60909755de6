import pytest
import torch
from torch import nn

from voxplain.attribution.attention_maps import channel_maps
from voxplain.attribution.attribute import attribute
from voxplain.errors import SettingsError, UnsupportedModel


def by_hand(network, volumes, channel):
    """d (sum of a channel behind the second convolution and its norm) / d voxel."""
    leaf, network = volumes.clone().requires_grad_(), network.eval()
    first = network.pool(torch.relu(network.norm1(network.conv1(leaf))))
    return torch.autograd.grad(network.norm2(network.conv2(first))[:, channel].sum(), leaf)[0]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("channel", [0, 4])
def test_a_channel_has_the_gradient_of_its_sum_whatever_the_class(net, volumes, differs, axes, channel):
    batch = volumes(axes, channels=2)
    expected = by_hand(net(axes=axes, channels=2), batch, channel)
    for target in (0, 2, "predicted"):
        options = {"layer": "norm2", "channel": channel, "target": target}
        assert differs(attribute(net(axes=axes, channels=2), batch, "attention_maps", **options), expected) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
def test_all_channels_at_once_are_the_maps_of_each_and_add_up_to_the_map_without_one(net, volumes, differs, axes):
    network, batch = net(axes=axes, channels=2), volumes(axes, channels=2)
    found = channel_maps(network, batch, "norm2")
    assert found.shape == (3, 5, *batch.shape[1:]) and network.training
    for channel in range(5):
        assert torch.equal(
            found[:, channel], attribute(network, batch, "attention_maps", layer="norm2", channel=channel)
        )
    assert differs(attribute(network, batch, "attention_maps", layer="norm2"), found.sum(1)) < 1e-10


def test_of_one_convolution_they_are_its_weights_turned_over_the_volume():
    network, volumes = (
        nn.Sequential(nn.Conv3d(1, 2, (3, 2, 1), bias=False), nn.ReLU(), nn.Flatten()),
        torch.rand(2, 1, 3, 2, 1),
    )
    assert torch.equal(channel_maps(network, volumes, "0"), network[0].weight.detach().expand(2, 2, 1, 3, 2, 1))


def test_the_layer_is_by_default_the_networks_own(net, volumes):
    network = net()
    network.cam_layer = "norm1"
    assert torch.equal(channel_maps(network, volumes()), channel_maps(network, volumes(), "norm1"))
    assert channel_maps(network, volumes()).shape[1] == 4


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"layer": "norm2", "channel": 5}, SettingsError, 'channel is 5, but layer "norm2" has 5'),
        ({"layer": "norm2", "channel": -1}, SettingsError, "channel is -1; give a whole number of at least 0"),
        ({"layer": ["norm1", "norm2"]}, SettingsError, "layer is .*; name one"),
        ({"layer": "linear"}, UnsupportedModel, 'layer "linear" gives shape'),
    ],
)
def test_a_wrong_channel_or_layer_is_refused_in_one_line(net, volumes, options, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        attribute(net(), volumes(), "attention_maps", **options)
    assert "\n" not in str(refusal.value)


def test_a_layer_that_no_gradient_leaves_is_refused(volumes):
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Identity()

        def forward(self, values):
            return self.layer(values.detach()).flatten(1)[:, :2]

    with pytest.raises(UnsupportedModel, match='no gradient flows from layer "layer" to the volumes'):
        attribute(Cut(), volumes(), "attention_maps", layer="layer")
