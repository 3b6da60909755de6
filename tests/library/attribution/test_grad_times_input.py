import pytest
import torch
from captum.attr import InputXGradient
from torch import nn

from voxplain.attribution.attribute import attribute


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
def test_gradient_times_input_is_that_of_captum(net, volumes, differs, relu, axes):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    ours = attribute(network, batch, "grad_times_input", target=[2, 0, 1], score="logit")
    theirs = InputXGradient(network.eval()).attribute(batch, target=torch.tensor([2, 0, 1]))
    assert differs(ours, theirs.detach()) < 1e-10


def test_it_is_that_of_captum_over_a_background_of_zeros_and_nothing_there(net, brain, differs):
    ours = attribute(net(), brain, "grad_times_input", target=1, score="logit")
    theirs = InputXGradient(net().eval()).attribute(brain, target=1)
    assert differs(ours, theirs.detach()) < 1e-10
    assert (ours[brain == 0] == 0).all()


def test_map_and_bias_of_a_linear_network_sum_to_the_logit(volumes):
    batch = volumes()
    linear = nn.Linear(batch[0].numel(), 3).double()
    network = nn.Sequential(nn.Flatten(), linear)
    maps = attribute(network, batch, "grad_times_input", target=2, score="logit")
    torch.testing.assert_close(maps, (batch * linear.weight[2].view(batch.shape[1:])).detach())
    torch.testing.assert_close(maps.flatten(1).sum(1) + linear.bias[2], network(batch)[:, 2])


def test_maps_of_a_network_without_biases_sum_to_the_logit(volumes):
    network = nn.Sequential(
        *(nn.Conv3d(1, 4, 3, bias=False), nn.ReLU(), nn.MaxPool3d(2)),
        *(nn.Flatten(), nn.Linear(4 * 2 * 2 * 3, 2, bias=False)),
    ).double()
    maps = attribute(network, volumes(), "grad_times_input", target=1, score="logit")
    torch.testing.assert_close(maps.flatten(1).sum(1), network(volumes())[:, 1])
