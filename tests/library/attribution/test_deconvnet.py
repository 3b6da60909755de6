import torch
from torch import nn

from tests.library.attribution.conftest import ReluBothWays
from voxplain.attribution.attribute import attribute

KINDS = ["module", "in_place", "shared", "functional", "torch"]


def test_two_layers_worked_by_hand():
    volume = torch.tensor([[3.0, -1.0], [0.0, 2.0]]).double()[None, None]
    # what comes back to the first ReLU is 1 and passes everywhere, also where nothing went through on the way up
    assert torch.equal(attribute(ReluBothWays(), volume, "deconvnet", target=0), torch.ones_like(volume))


def test_what_comes_back_goes_to_the_switches_of_the_pool():
    network = nn.Sequential(nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(2, 1, bias=False)).double()
    with torch.no_grad():
        network[3].weight.copy_(torch.tensor([[3.0, -5.0]]))
    volume = torch.tensor([[1.0, 4.0, 7.0, 2.0], [0.0, 2.0, 3.0, 5.0]]).double()[None, None]
    expected = torch.tensor([[0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]).double()[None, None]
    assert torch.equal(attribute(network, volume, "deconvnet"), expected)


def test_a_unit_comes_back_to_its_receptive_field_alone(net, volumes):
    found = attribute(net(), volumes(), "deconvnet", target=("conv2", 3, (1, 0, 2)))
    # a convolution of 2 on pooled cells on a padded convolution of 3
    seen = torch.zeros(7, 6, 9, dtype=torch.bool)
    seen[1:7, 0:5, 3:9] = True
    assert (found[:, 0][:, ~seen] == 0).all()
    assert (found != 0).any()
