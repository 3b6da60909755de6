import pytest
import torch
import torch.nn.functional as F
from captum.attr import Deconvolution
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import UnsupportedModel

KINDS = ["module", "in_place", "shared", "functional", "torch"]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", KINDS)
def test_every_way_to_call_relu_gives_the_map_of_captum_on_modules(net, volumes, differs, relu, axes):
    batch = volumes(axes, channels=2)
    ours = attribute(net(relu, axes, channels=2), batch, "deconvnet", target=[2, 0, 1], score="logit")
    peer = Deconvolution(net("module", axes, channels=2).eval())
    theirs = peer.attribute(batch, target=torch.tensor([2, 0, 1])).detach()
    assert differs(ours, theirs) < 1e-10


def test_a_background_of_zeros_where_pooling_ties_gives_the_map_of_captum(net, brain, differs):
    ours = attribute(net(), brain, "deconvnet", target=1, score="logit")
    theirs = Deconvolution(net().eval()).attribute(brain, target=1).detach()
    assert differs(ours, theirs) < 1e-10
    single = attribute(net().float(), brain.float(), "deconvnet", target=1, score="logit")
    assert single.dtype == torch.float32
    assert differs(single, theirs) < 1e-2


def test_two_layers_worked_by_hand():
    class Two(nn.Module):
        """logits = (relu(x) - 2 relu(-x), 0), summed over voxels."""

        def forward(self, volumes):
            score = (F.relu(volumes) - 2 * F.relu(-volumes)).flatten(1).sum(1)
            return torch.stack([score, torch.zeros_like(score)], 1)

    volume = torch.tensor([[3.0, -1.0], [0.0, 2.0]]).double()[None, None]
    # what comes back to the first ReLU is 1 and passes everywhere, also where nothing went through on the way up
    assert torch.equal(attribute(Two(), volume, "deconvnet", target=0), torch.ones_like(volume))


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


def test_another_activation_is_refused_with_the_name_of_its_layer(net, volumes):
    network = net()
    network.again = nn.ELU()
    with pytest.raises(UnsupportedModel, match='layer "again" runs elu, and deconvnet is defined for ReLU alone'):
        attribute(network, volumes(), "deconvnet")
