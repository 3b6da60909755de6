import pytest
import torch
from captum.attr import Saliency
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.baselines import baselines
from voxplain.errors import SettingsError


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("form", ["signed", "abs", "square"])
def test_alpha_one_alone_is_the_gradient(net, volumes, axes, form):
    network, batch = net(axes=axes), volumes(axes)
    asked = {"target": 1, "form": form}
    torch.testing.assert_close(
        attribute(network, batch, "interior_gradients", alphas=1, baseline="mean", **asked),
        attribute(network, batch, "gradient", **asked),
        rtol=1e-12,
        atol=0,
    )


@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
def test_it_is_the_mean_of_the_gradients_at_each_alpha(net, volumes, differs, relu):
    network, batch, start = net(relu, channels=2), volumes(channels=2), volumes(channels=2).roll(1, 0)
    ours = attribute(
        *(network, batch, "interior_gradients"), target=2, score="logit", alphas=[0, 0.3, 0.9], baseline=start
    )
    peer = Saliency(network.eval())
    theirs = [peer.attribute(start + at * (batch - start), target=2, abs=False) for at in (0, 0.3, 0.9)]
    assert differs(ours, torch.stack(theirs).mean(0).detach()) < 1e-10


@pytest.mark.parametrize("baseline", ["zero", "mean", {"blur": 1.5}])
def test_midpoints_times_the_way_are_integrated_gradients(net, brain, differs, baseline):
    alphas = [(number + 0.5) / 12 for number in range(12)]
    interior = attribute(net(), brain, "interior_gradients", target=1, alphas=alphas, baseline=baseline)
    integrated = attribute(
        *(net(), brain, "integrated_gradients"), target=1, steps=12, rule="midpoint", baseline=baseline
    )
    assert differs((brain - baselines(baseline, brain)[0]) * interior, integrated) < 1e-10


def test_the_map_of_a_linear_network_is_its_weights_at_every_alpha(volumes):
    linear = nn.Linear(volumes()[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    ours = attribute(network, volumes(), "interior_gradients", target=0, score="logit")
    torch.testing.assert_close(ours, linear.weight[0].detach().view(volumes().shape[1:]).expand_as(ours))


def test_the_class_is_that_predicted_for_the_volume_and_not_on_the_way(net, volumes):
    network, batch = net().eval(), volumes(batch=8)
    predicted = network(batch).argmax(1)
    assert (predicted != network(0.1 * batch).argmax(1)).any()
    assert torch.equal(
        attribute(network, batch, "interior_gradients", score="logit", alphas=0.1),
        attribute(network, batch, "interior_gradients", target=predicted, score="logit", alphas=0.1),
    )


def test_where_the_score_is_saturated_smaller_alphas_show_more(volumes):
    class Saturated(nn.Module):
        def forward(self, batch):
            return (10 * batch.abs().flatten(1).sum(1, keepdim=True)).tanh()

    low, high = (attribute(Saturated(), volumes(), "interior_gradients", alphas=at).abs().sum() for at in (1e-4, 1.0))
    assert low > 100 * high


@pytest.mark.parametrize("alphas", [[], 1.1, [0.5, -0.1], "0.5", True, [None]])
def test_alphas_off_the_way_are_refused(net, volumes, alphas):
    with pytest.raises(SettingsError, match="alphas is .*; give numbers from 0"):
        attribute(net(), volumes(), "interior_gradients", alphas=alphas)
