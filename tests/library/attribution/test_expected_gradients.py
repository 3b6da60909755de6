import numpy as np
import pytest
import torch
from captum.attr import Saliency
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.expected_gradients import draws
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError


@pytest.fixture
def references(volumes):
    """Four volumes, (4, 1, channels, *spatial)."""
    return lambda axes=3, channels=1: volumes(axes, channels, batch=7)[3:, None] * 0.5 + 0.3


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "functional"])
def test_it_is_the_mean_over_the_draws_of_gradients_times_the_way(net, volumes, references, differs, relu, axes):
    network, batch, others = net(relu, axes, channels=2), volumes(axes, channels=2), references(axes, channels=2)
    ours = attribute(
        *(network, batch, "expected_gradients"), target=2, score="logit", references=others, samples=11, seed=3
    )
    drawn, peer, total = draws(4, 11, 3), Saliency(network.eval()), torch.zeros_like(batch)
    for number, alpha in zip(drawn.start, drawn.alpha, strict=True):
        way = batch - others[number]
        total += way * peer.attribute(others[number] + alpha * way, target=2, abs=False)
    assert differs(ours, total.detach() / 11) < 1e-10


def test_references_come_equally_often_and_alphas_fill_the_way():
    drawn = draws(4, 24, 0)
    assert torch.bincount(drawn.start).tolist() == [6, 6, 6, 6]
    assert (drawn.alpha.sort()[0] * 24).floor().long().tolist() == list(range(24))
    assert float(drawn.weight.sum()) == pytest.approx(1)
    # which alpha a reference gets is chance
    assert drawn.alpha[drawn.start == 0].tolist() != sorted(drawn.alpha[drawn.start == 0].tolist())
    assert draws(5, 3, 0).start.unique().numel() == 3


def test_the_map_of_a_linear_network_is_its_weights_times_the_way_from_the_mean_reference(volumes, references):
    linear = nn.Linear(volumes()[0].numel(), 2).double()
    network = nn.Sequential(nn.Flatten(), linear)
    ours = attribute(
        *(network, volumes(), "expected_gradients"), target=1, score="logit", references=references(), samples=8
    )
    way = volumes() - references().mean(0)
    torch.testing.assert_close(ours, (way * linear.weight[1].view(way.shape[1:])).detach())


@pytest.mark.parametrize("axes", [2, 3])
def test_maps_sum_to_the_score_less_the_mean_score_of_the_references(net, volumes, references, axes):
    network, batch, others = net(axes=axes), volumes(axes), references(axes)
    with notes() as said:
        maps = attribute(
            *(network, batch, "expected_gradients"),
            **{"target": 1, "score": "logit", "references": others, "samples": 4000},
        )
    with torch.no_grad():
        change = (network.eval()(batch) - network(others[:, 0]).mean(0))[:, 1]
    error = maps.flatten(1).sum(1) - change
    assert error.abs().max() < 0.03 * change.abs().max()
    np.testing.assert_allclose(said["completeness_error"], error, atol=1e-9)
    np.testing.assert_allclose(said["score_difference"], change, rtol=1e-9)


def test_the_difference_reported_counts_references_as_often_as_they_were_drawn(net, volumes, references):
    network = net().eval()
    with notes() as said:
        attribute(
            *(network, volumes(), "expected_gradients"),
            **{"target": 1, "score": "logit", "references": references(), "samples": 6},
        )
    counts = torch.bincount(draws(4, 6, 0).start, minlength=4).double()
    assert counts.tolist() != [1.5] * 4
    with torch.no_grad():
        change = network(volumes())[:, 1] - (counts / 6) @ network(references()[:, 0])[:, 1]
    np.testing.assert_allclose(said["score_difference"], change, rtol=1e-6)


def test_one_reference_is_integrated_gradients_but_for_chance(net, brain, differs):
    expected = attribute(*(net(), brain, "expected_gradients"), target=1, references="zero", samples=2000)
    integrated = attribute(*(net(), brain, "integrated_gradients"), target=1, steps=2000, rule="midpoint")
    assert differs(expected, integrated) < 0.01
    assert (expected[brain == 0] == 0).all()


def test_the_seed_alone_says_what_is_drawn(net, volumes, references):
    network = net()

    def maps(batch, seed):
        return attribute(network, batch, "expected_gradients", target=1, references=references(), samples=5, seed=seed)

    assert torch.equal(maps(volumes(), 1), maps(volumes(), 1))
    assert not torch.allclose(maps(volumes(), 1), maps(volumes(), 2))
    torch.manual_seed(5)
    state = torch.get_rng_state()
    assert torch.equal(maps(volumes()[2:], 1)[0], maps(volumes(), 1)[2])
    assert torch.equal(torch.get_rng_state(), state)


def test_without_references_it_is_refused(net, volumes):
    with pytest.raises(SettingsError, match="expected_gradients has no references; give volumes"):
        attribute(net(), volumes(), "expected_gradients")
    with pytest.raises(SettingsError, match="references is 'black'"):
        attribute(net(), volumes(), "expected_gradients", references="black")
