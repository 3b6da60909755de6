import pytest
import torch
from captum.attr import Saliency
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import SettingsError, UnsupportedModel


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
def test_the_gradient_is_that_of_captum(net, volumes, differs, relu, axes):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    ours = attribute(network, batch, "gradient", target=[2, 0, 1], score="logit")
    theirs = Saliency(network.eval()).attribute(batch, target=torch.tensor([2, 0, 1]), abs=False)
    assert ours.shape == batch.shape
    assert differs(ours, theirs.detach()) < 1e-10


def test_a_linear_network_has_its_weights_as_its_map(volumes):
    batch = volumes()
    linear = nn.Linear(batch[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    first, second = linear.weight.detach().reshape(2, *batch.shape[1:])
    torch.testing.assert_close(attribute(network, batch, "gradient", target=1), (second - first).expand_as(batch))
    torch.testing.assert_close(
        attribute(network, batch, "gradient", target=0, score="logit"), first.expand_as(batch).clone()
    )


def test_forms_are_the_signed_gradient_made_absolute_or_squared(net, volumes):
    signed = attribute(net(), volumes(), "gradient", target=1)
    assert (signed < 0).any()
    assert torch.equal(attribute(net(), volumes(), "gradient", target=1, form="abs"), signed.abs())
    assert torch.equal(attribute(net(), volumes(), "gradient", target=1, form="square"), signed.square())
    with pytest.raises(SettingsError, match="form is 'absolute'; use one of signed, abs, square"):
        attribute(net(), volumes(), "gradient", form="absolute")


def test_the_gradient_is_the_slope_of_the_score(net, volumes):
    network, batch = net(), volumes()
    slope = attribute(network, batch, "gradient", target=1, score="probability")
    step = torch.zeros_like(batch)
    step[:, 0, 3, 2, 4] = 1e-6
    with torch.no_grad():
        up, down = (network.eval()(batch + sign * step).softmax(1)[:, 1] for sign in (1, -1))
    torch.testing.assert_close(slope[:, 0, 3, 2, 4], (up - down) / 2e-6, rtol=1e-5, atol=1e-10)


def test_a_network_that_cuts_the_graph_is_refused(net, volumes):
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = net()

        def forward(self, batch):
            return self.inner(batch.detach())

    with pytest.raises(UnsupportedModel, match="detaches"):
        attribute(Cut(), volumes(), "gradient")
