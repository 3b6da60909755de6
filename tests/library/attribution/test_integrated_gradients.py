import logging

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients, Saliency
from scipy.special import roots_legendre
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.baselines import blurred
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError

LOG = "voxplain.attribution.completeness"


def difference(network, batch, start, target):
    with torch.no_grad():
        network.eval()
        return (network(batch) - network(start.expand_as(batch)))[:, target]


# captum keeps its weights in single precision; those of 16 midpoints are exact in it
EXACT = {"midpoint": ("riemann_middle", 1e-10), "gauss_legendre": ("gausslegendre", 1e-7)}


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
@pytest.mark.parametrize("rule", EXACT)
def test_integrated_gradients_are_those_of_captum(net, volumes, differs, relu, axes, rule):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    start, target = batch.roll(1, 0), [2, 0, 1]
    options = {"target": target, "score": "logit", "baseline": start, "steps": 16, "max_memory_gb": 0.1, "rule": rule}
    ours = attribute(network, batch, "integrated_gradients", **options)
    method, limit = EXACT[rule]
    peer = IntegratedGradients(network.eval())
    theirs = peer.attribute(batch, start, torch.tensor(target), n_steps=16, method=method)
    assert differs(ours, theirs) < limit


@pytest.mark.parametrize("rule", EXACT)
def test_they_are_those_of_captum_over_a_background_of_zeros(net, brain, differs, rule):
    ours = attribute(net(), brain, "integrated_gradients", target=1, score="logit", steps=16, rule=rule)
    method, limit = EXACT[rule]
    peer = IntegratedGradients(net().eval()).attribute(brain, target=1, n_steps=16, method=method)
    assert differs(ours, peer) < limit
    assert (ours[brain == 0] == 0).all()


@pytest.mark.parametrize("axes", [2, 3])
def test_gauss_and_legendre_s_rule_has_the_roots_and_weights_of_scipy(net, volumes, differs, axes):
    network, batch = net(axes=axes), volumes(axes)
    start, peer = batch.roll(1, 0), Saliency(network.eval())
    roots, weights = roots_legendre(20)
    by_hand = sum(
        weight / 2 * (batch - start) * peer.attribute(start + (root + 1) / 2 * (batch - start), target=1, abs=False)
        for root, weight in zip(roots, weights, strict=True)
    )
    ours = attribute(network, batch, "integrated_gradients", target=1, score="logit", baseline=start, steps=20)
    assert differs(ours, by_hand.detach()) < 1e-10


def test_the_trapezoid_rule_takes_both_ends_by_half(net, volumes, differs):
    network, batch = net().eval(), volumes()
    slopes = []
    for alpha in np.linspace(0, 1, 7):
        leaf = (alpha * batch).requires_grad_()
        slopes.append(torch.autograd.grad(network(leaf)[:, 2].sum(), leaf)[0].numpy())
    by_hand = batch * torch.from_numpy(np.trapezoid(np.stack(slopes), dx=1 / 6, axis=0))
    ours = attribute(network, batch, "integrated_gradients", target=2, score="logit", steps=7, rule="trapezoid")
    assert differs(ours, by_hand) < 1e-10
    one = {"target": 2, "score": "logit", "steps": 1}
    assert torch.equal(
        attribute(network, batch, "integrated_gradients", rule="trapezoid", **one),
        attribute(network, batch, "integrated_gradients", rule="midpoint", **one),
    )


def test_the_map_of_a_linear_network_is_its_weights_times_the_way(volumes):
    batch = volumes()
    linear = nn.Linear(batch[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    ours = attribute(network, batch, "integrated_gradients", target=1, score="logit", baseline="mean", steps=3)
    means = batch.mean(dim=(1, 2, 3, 4), keepdim=True)
    torch.testing.assert_close(ours, ((batch - means) * linear.weight[1].view(batch.shape[1:])).detach())


def test_the_map_of_a_cubic_score_is_exact_with_two_points_of_gauss_and_legendre(volumes):
    class Cubic(nn.Module):
        def forward(self, batch):
            return (batch**3).flatten(1).sum(1, keepdim=True)

    # x times the integral of 3 (alpha x)^2 is x^3
    ours = attribute(Cubic(), volumes(), "integrated_gradients", steps=2)
    torch.testing.assert_close(ours, volumes() ** 3)
    coarse = attribute(Cubic(), volumes(), "integrated_gradients", steps=2, rule="midpoint")
    assert not torch.allclose(coarse, volumes() ** 3, rtol=0.01)


@pytest.mark.parametrize("axes", [2, 3])
def test_maps_sum_to_the_change_of_the_score_the_closer_the_more_steps(net, volumes, axes):
    network, batch = net(axes=axes), volumes(axes)
    change = difference(network, batch, torch.zeros(()).double(), 1)
    errors = []
    for steps in (50, 2000):
        maps = attribute(
            network,
            batch,
            "integrated_gradients",
            target=1,
            score="logit",
            steps=steps,
            rule="midpoint",
        )
        errors.append((maps.flatten(1).sum(1) - change).abs().max() / change.abs().max())
    assert errors[1] < 2e-3 and errors[1] < errors[0] / 3


def test_a_smooth_network_is_complete_to_rounding(volumes):
    network = nn.Sequential(nn.Conv3d(1, 3, 3), nn.Softplus(), nn.Flatten(), nn.Linear(3 * 5 * 4 * 7, 3)).double()
    with notes() as said:
        maps = attribute(network, volumes(), "integrated_gradients", target=1, score="logit", steps=40)
    change = difference(network, volumes(), torch.zeros(()).double(), 1)
    torch.testing.assert_close(maps.flatten(1).sum(1), change, rtol=1e-9, atol=1e-9)
    assert np.abs(said["completeness_error"]).max() < 1e-9
    np.testing.assert_allclose(said["score_difference"], change)


def test_the_error_that_is_reported_is_that_of_the_maps(net, volumes):
    network, batch = net(), volumes()
    with notes() as said:
        maps = attribute(network, batch, "integrated_gradients", target=1, baseline="blur", score="logit", steps=4)
    error = maps.flatten(1).sum(1) - difference(network, batch, blurred(batch, 5.0), 1)
    np.testing.assert_allclose(said["completeness_error"], error, rtol=1e-9)
    assert error.abs().max() > 1e-3


def test_a_large_error_goes_to_the_log_with_what_helps(net, volumes, caplog):
    with caplog.at_level(logging.WARNING, LOG):
        attribute(net(), volumes(), "integrated_gradients", target=1, score="logit", steps=1)
        assert "integrated_gradients: the map of volume" in caplog.text and "; raise steps" in caplog.text
        assert len(caplog.records) == 1
        caplog.clear()
        attribute(nn.Sequential(nn.Flatten(), nn.Linear(378, 3).double()), volumes(), "integrated_gradients", steps=1)
        assert not caplog.records


def test_maps_of_several_baselines_are_averaged(net, volumes, differs):
    options = {"target": 0, "score": "logit", "steps": 6}
    ways = ["zero", volumes().roll(1, 0), {"blur": 1.0}]
    together = attribute(net(), volumes(), "integrated_gradients", baseline=ways, **options)
    single = [attribute(net(), volumes(), "integrated_gradients", baseline=one, **options) for one in ways]
    assert differs(together, torch.stack(single).mean(0)) < 1e-10


def test_a_volume_that_is_its_own_baseline_has_a_map_of_zeros(net, volumes):
    assert (attribute(net(), volumes(), "integrated_gradients", baseline=volumes(), steps=3) == 0).all()


def test_the_class_is_that_predicted_for_the_volume_and_not_on_the_way(net, volumes, differs):
    network, batch = net().eval(), volumes(batch=8)
    predicted = network(batch).argmax(1)
    # otherwise it would not matter where the class is read
    assert (predicted != network(0 * batch).argmax(1)).any()
    ours = attribute(network, batch, "integrated_gradients", score="logit", steps=8)
    named = attribute(network, batch, "integrated_gradients", target=predicted, score="logit", steps=8)
    assert torch.equal(ours, named)


@pytest.mark.parametrize("max_memory_gb", [1e-9, 1e-4, 1])
def test_how_many_points_pass_at_once_changes_nothing(net, volumes, differs, max_memory_gb):
    whole = attribute(net(), volumes(), "integrated_gradients", target=1, steps=10, max_memory_gb=2)
    parts = attribute(net(), volumes(), "integrated_gradients", target=1, steps=10, max_memory_gb=max_memory_gb)
    assert differs(parts, whole) < 1e-10


def test_a_map_is_to_the_last_bit_that_of_its_volume_alone(net, volumes):
    together = attribute(net(), volumes(), "integrated_gradients", target=[0, 1, 2], steps=6)
    for row in range(3):
        alone = attribute(net(), volumes()[row : row + 1], "integrated_gradients", target=row, steps=6)
        assert torch.equal(together[row], alone[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0; give a whole number of at least 1"),
        ({"steps": 2.5}, "steps is 2.5"),
        ({"rule": "simpson"}, "rule is 'simpson'; use one of gauss_legendre, trapezoid, midpoint"),
        ({"max_memory_gb": 0}, "max_memory_gb is 0"),
        ({"baseline": "white"}, "baseline is 'white'"),
    ],
)
def test_wrong_options_are_refused(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words):
        attribute(net(), volumes(), "integrated_gradients", **options)
