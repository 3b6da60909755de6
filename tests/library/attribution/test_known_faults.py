"""Faults that published systems have in their maps, each with a test that ours does not have it."""

import pytest
import torch
from torch import nn

from tests.library.attribution.every_method import EVERY, TELLING, explained, kind_for
from voxplain.attribution.attribute import attribute

# an attention map knows no class; a learned mask lies between 0 and 1
NOT_IN_UNITS_OF_THE_SCORE = {"attention_maps", "meaningful_perturbation"}


class Planted(nn.Module):
    """Log-odds that grow with what lies in one box: ``place``, a slice for each axis."""

    def __init__(self, place):
        super().__init__()
        self.place, self.passes, self.largest = place, 0, 0

    def forward(self, volumes):
        self.passes, self.largest = self.passes + 1, max(self.largest, len(volumes))
        inside = volumes[(slice(None), slice(None), *self.place)].flatten(1).mean(1)
        return torch.stack([0.5 - inside, inside - 0.5], 1)


@pytest.mark.parametrize("method", EVERY)
def test_every_volume_is_explained_for_the_class_that_it_is_predicted_as(net, volumes, method):
    network, batch = net(classes=2, **kind_for(method)), volumes(batch=8)
    with torch.no_grad():
        apart = network.eval()(batch) @ torch.tensor([-1.0, 1.0]).double()
        network.linear.bias[1] -= apart.median()
    predicted = network(batch).argmax(1)
    assert set(predicted.tolist()) == {0, 1}, "the volumes must not all be of one class"
    assert torch.equal(explained(network, batch, method), explained(network, batch, method, target=predicted))


def test_grad_cam_takes_the_mean_over_all_three_axes():
    # one cell of 1 per axis line: a mean over two axes alone weights the channels otherwise
    network = nn.Sequential(nn.Conv3d(1, 2, 1), nn.Flatten(), nn.Linear(2 * 2 * 3 * 4, 2)).double()
    weights = torch.arange(48, dtype=torch.float64).view(2, 2, 3, 4) ** 1.5
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([1.0, -2.0]).view(2, 1, 1, 1, 1))
        network[0].bias.zero_()
        network[2].weight.zero_()
        network[2].weight[1] = weights.flatten()
    volume = torch.randn(1, 1, 2, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = attribute(network, volume, "grad_cam", target=1, score="logit", layer="0", relu=False)
    mean = weights.mean((1, 2, 3))
    torch.testing.assert_close(found, (mean[0] - 2 * mean[1]) * volume)


def test_grad_cam_s_gradients_are_those_of_the_layer_whose_values_it_weights(net, volumes):
    network = net()
    for layer in ("conv1", "norm1", "conv2", "norm2"):
        held = {}
        handle = network.get_submodule(layer).register_forward_hook(lambda _, __, out, h=held: h.update(out=out))
        score = network.eval()(volumes())[:, 1].sum()
        handle.remove()
        slope = torch.autograd.grad(score, held["out"])[0].mean((2, 3, 4), keepdim=True)
        cells = (slope * held["out"].detach()).sum(1)
        found = attribute(network, volumes(), "grad_cam", target=1, layer=layer, relu=False, placement="stretch")
        expected = nn.functional.interpolate(cells[:, None], (7, 6, 9), mode="trilinear")
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "guided_grad_cam"])
def test_a_map_without_a_positive_value_is_zero_and_not_a_division_by_it(net, volumes, method):
    network = net()
    with torch.no_grad():
        network.linear.weight.zero_()
    found = explained(network, volumes(), method, target=0)
    assert torch.equal(found, torch.zeros_like(found))


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam"])
def test_class_activation_maps_have_their_relu_unless_told_otherwise(net, volumes, method):
    found = explained(net(), volumes(), method, target=1, layer="conv1")
    assert (found >= 0).all() and (found > 0).any()
    signed = explained(net(), volumes(), method, target=1, layer="conv1", relu=False)
    assert (signed < 0).any()


def test_guided_backprop_of_a_nested_network_is_not_the_gradient(net, volumes, differs):
    nested = nn.Sequential(nn.Sequential(nn.Sequential(net("shared"))))
    guided, plain = (explained(nested, volumes(), name, target=1) for name in ("guided_backprop", "gradient"))
    assert differs(guided, plain) > 0.1
    assert torch.equal(explained(nested, volumes(), "gradient", target=1), plain)


@pytest.mark.parametrize("axes", [2, 3])
def test_occlusion_finds_a_planted_cube_in_images_and_volumes(axes):
    shape, place = (12, 10, 14)[:axes], (slice(4, 8), slice(2, 6), slice(8, 12))[:axes]
    batch = torch.full((2, 1, *shape), 1.0, dtype=torch.float64)
    found = attribute(Planted(place), batch, "occlusion", target=1, size=4, stride=2)[:, 0]
    inside = torch.zeros(shape, dtype=torch.bool)
    inside[place] = True
    assert found[:, inside].min() > found[:, ~inside].max() * 0.5
    assert found.flatten(1).argmax(1).unique().tolist() == found[0].flatten().argmax()[None].tolist()
    assert inside.flatten()[found[0].flatten().argmax()]


def test_occlusion_and_regions_go_through_the_network_many_at_a_time(volumes):
    network = Planted((slice(1, 3), slice(1, 3), slice(1, 3)))
    attribute(network, volumes(batch=1), "occlusion", target=1, size=2, stride=1, max_memory_gb=5e-4)
    windows = 6 * 5 * 8
    assert network.passes < windows / 8 and network.largest <= 64
    network = Planted((slice(1, 3), slice(1, 3), slice(1, 3)))
    labels = torch.arange(7 * 6 * 9).view(7, 6, 9) // 6 + 1
    attribute(network, volumes(batch=1), "region_occlusion", target=1, labels=labels, max_memory_gb=5e-4)
    assert network.passes < 63 / 8


def test_drops_of_centred_windows_lie_at_their_centres():
    # 11 voxels and windows at 0, 4, 8: a zoom from end to end would put them at 0, 5 and 10
    batch = torch.zeros(1, 1, 11, 11, dtype=torch.float64)
    batch[:, :, 8, 8] = 1
    network = Planted((slice(8, 9), slice(8, 9)))
    found = attribute(network, batch, "occlusion", target=1, size=1, stride=4, grid="centre")[0, 0]
    marked = (found != 0).nonzero()
    assert marked.min(0).values.tolist() == [6, 6] and marked.max(0).values.tolist() == [10, 10]


def test_covering_a_region_gives_the_drop_and_not_what_remains(volumes):
    place = (slice(1, 3), slice(1, 3), slice(1, 3))
    batch, labels = torch.ones_like(volumes()), torch.ones(7, 6, 9, dtype=torch.long)
    labels[place] = 2
    found = attribute(Planted(place), batch, "region_occlusion", target=1, score="probability", labels=labels)
    inside = found[0, 0][place]
    assert torch.allclose(inside, torch.tensor([1.0]).double().sigmoid() - torch.tensor([-1.0]).double().sigmoid())
    assert not found[0, 0][labels == 1].any()


@pytest.mark.parametrize("method", [name for name in EVERY if name not in NOT_IN_UNITS_OF_THE_SCORE])
def test_no_map_is_scaled_to_a_range_of_its_own(net, volumes, differs, method):
    plain, double = net(**kind_for(method)), net(**kind_for(method))
    with torch.no_grad():
        double.linear.weight.mul_(2)
        double.linear.bias.mul_(2)
    one, other = (
        explained(network, volumes(), method, target=1, score="logit", **TELLING.get(method, {}))
        for network in (plain, double)
    )
    # the product of two maps, each of which doubles
    assert differs(other, one * (4 if method == "guided_grad_cam" else 2)) < 1e-10
