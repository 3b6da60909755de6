import pytest
import torch
from torch import nn

from tests.library.attribution.conftest import ReluBothWays
from voxplain.attribution.attribute import attribute

KINDS = ["module", "in_place", "shared", "functional", "torch"]


@pytest.mark.parametrize("relu", KINDS)
def test_it_is_never_the_plain_gradient(net, volumes, differs, relu):
    guided = attribute(net(relu), volumes(), "guided_backprop", target=1)
    assert differs(guided, attribute(net(relu), volumes(), "gradient", target=1)) > 0.1


def test_two_layers_worked_by_hand():
    volume = torch.tensor([[3.0, -1.0], [0.0, 2.0]]).double()[None, None]
    # the second ReLU gets a negative gradient, which does not pass; a ReLU at zero is not active
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).double()[None, None]
    assert torch.equal(attribute(ReluBothWays(), volume, "guided_backprop", target=0), expected)
    plain = torch.tensor([[1.0, 2.0], [0.0, 1.0]]).double()[None, None]
    assert torch.equal(attribute(ReluBothWays(), volume, "gradient", target=0), plain)


def test_what_a_relu_in_place_writes_on_its_input_is_seen_by_a_skip():
    class Skip(nn.Module):
        def __init__(self, in_place):
            super().__init__()
            self.relu = nn.ReLU(inplace=in_place)

        def forward(self, volumes):
            values = volumes * 1.5
            return torch.stack([(self.relu(values) * values).flatten(1).sum(1), volumes.flatten(1).sum(1)], 1)

    volume = torch.tensor([[3.0, -1.0], [0.5, 2.0]]).double()[None, None]
    in_place = attribute(Skip(True), volume, "guided_backprop", target=0, score="logit")
    expected = 2 * 1.5**2 * volume.clamp(min=0)
    torch.testing.assert_close(in_place, expected)
