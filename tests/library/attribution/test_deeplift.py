import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captum.attr import DeepLift
from torch import nn

from tests.library.attribution.conftest import settled
from tests.library.attribution.dense_layers import multipliers_of
from tests.library.attribution.residual_networks import VoxResNetLike, korolev_like
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError, UnsupportedModel

KINDS = ["module", "in_place", "shared", "functional", "torch"]


def change(network, batch, start, target):
    with torch.no_grad():
        network.eval()
        return (network(batch) - network(start.expand_as(batch)))[:, target]


def pooled_by_mean(network, axes):
    """``network`` with a mean for a maximum: where ReLU comes before max-pooling captum's maps are not complete."""
    network.pool = (nn.AvgPool2d if axes == 2 else nn.AvgPool3d)(2)
    return network


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", KINDS)
def test_every_way_to_call_relu_gives_the_map_of_captum_on_modules(net, volumes, differs, relu, axes):
    batch = volumes(axes, channels=2)
    start, target = batch.roll(1, 0) * 0.3, [2, 0, 1]
    network = pooled_by_mean(net(relu, axes, channels=2), axes)
    ours = attribute(network, batch, "deeplift", target=target, score="logit", baseline=start)
    peer = DeepLift(pooled_by_mean(net("module", axes, channels=2), axes).eval())
    theirs = peer.attribute(batch, start, target=torch.tensor(target)).detach()
    assert differs(ours, theirs) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
def test_max_pooling_on_a_convolution_gives_the_map_of_captum(volumes, differs, axes):
    convolution, pool = (nn.Conv2d, nn.MaxPool2d) if axes == 2 else (nn.Conv3d, nn.MaxPool3d)
    cells = 3 * 4 if axes == 2 else 3 * 3 * 4
    network = settled(nn.Sequential(convolution(1, 4, 3, padding=1), pool(2), nn.Flatten(), nn.Linear(4 * cells, 3)))
    batch = volumes(axes)
    ours = attribute(network, batch, "deeplift", target=1, score="logit", baseline=batch.roll(1, 0))
    theirs = DeepLift(network.eval()).attribute(batch, batch.roll(1, 0), target=1).detach()
    assert differs(ours, theirs) < 1e-10


def steps_of(network):
    """The steps of `dense_layers` that make up ``Net``."""
    return [
        ("linear", nn.Sequential(network.conv1, network.norm1)),
        ("relu", None),
        ("max", network.pool),
        ("linear", nn.Sequential(network.conv2, network.norm2)),
        ("relu", None),
        ("linear", nn.Sequential(nn.Flatten(), network.linear)),
    ]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("background", [False, True])
def test_max_pooling_of_relu_gives_the_map_of_plain_loops_over_matrices(net, volumes, differs, axes, background):
    network, batch = net(axes=axes).eval(), volumes(axes)
    if background:
        batch = batch.abs() * (torch.arange(batch.shape[-1]) < 5)
    start = batch.roll(1, 0) * 0.3
    ours = attribute(network, batch, "deeplift", target=2, score="logit", baseline=start)
    chosen = torch.eye(3).double()[2]
    by_hand = torch.stack(
        [
            (one - zero) * multipliers_of(steps_of(network), one, zero, chosen)
            for one, zero in zip(batch, start, strict=True)
        ]
    )
    assert differs(ours, by_hand) < 1e-10
    if background:
        assert (ours[(batch == 0) & (start == 0)] == 0).all()
    single = attribute(network.float(), batch.float(), "deeplift", target=2, score="logit", baseline=start.float())
    assert single.dtype == torch.float32
    assert differs(single.double(), by_hand) < 1e-2


def test_overlapping_windows_of_a_pool_each_give_their_share(volumes, differs):
    network = nn.Sequential(
        nn.Conv3d(1, 3, 2), nn.ReLU(), nn.MaxPool3d(3, 1), nn.Flatten(), nn.Linear(3 * 4 * 3 * 6, 2)
    )
    settled(network).eval()
    steps = [("linear", network[0]), ("relu", None), ("max", network[2]), ("linear", network[3:])]
    batch = volumes()
    start = batch.roll(1, 0)
    ours = attribute(network, batch, "deeplift", target=0, score="logit", baseline=start)
    chosen = torch.tensor([1.0, 0.0]).double()
    by_hand = [(one - zero) * multipliers_of(steps, one, zero, chosen) for one, zero in zip(batch, start, strict=True)]
    assert differs(ours, torch.stack(by_hand)) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("in_place", [False, True])
def test_maps_of_residual_and_plain_networks_sum_to_the_change_of_the_log_odds(volumes, axes, in_place):
    for network in (VoxResNetLike(axes, in_place=in_place), korolev_like(axes)):
        settled(network)
        with notes() as said:
            maps = attribute(network, volumes(axes), "deeplift", target=1, baseline="mean")
        means = volumes(axes).mean(dim=tuple(range(2, axes + 2)), keepdim=True)
        odds = change(network, volumes(axes), means, 1) - change(network, volumes(axes), means, 0)
        torch.testing.assert_close(maps.flatten(1).sum(1), odds, rtol=1e-10, atol=1e-10)
        assert np.abs(said["completeness_error"]).max() < 1e-10
        assert said["route"] == "calls"


@pytest.mark.parametrize("layer", [nn.LeakyReLU(0.2), nn.ELU(), nn.GELU(), nn.Softplus(), nn.Sigmoid(), nn.SiLU()])
def test_any_activation_is_rescaled_and_complete(net, volumes, differs, layer):
    network = pooled_by_mean(net(), 3)
    network.block[0][0] = layer
    ours = attribute(network, volumes(), "deeplift", target=1, score="logit")
    torch.testing.assert_close(
        ours.flatten(1).sum(1), change(network, volumes(), torch.zeros(()).double(), 1), rtol=1e-10, atol=1e-10
    )
    if not isinstance(layer, nn.GELU | nn.SiLU):
        theirs = DeepLift(network.eval()).attribute(volumes(), target=1).detach()
        assert differs(ours, theirs) < 1e-10


def test_one_activation_worked_by_hand():
    class Square(nn.Module):
        def forward(self, volumes):
            return (F.relu(volumes - 1) + volumes**2).flatten(1).sum(1, keepdim=True)

    volume = torch.tensor([[3.0, -1.0], [0.5, 2.0]]).double()[None, None]
    expected = (volume - 1).clamp(min=0) + volume**2 - 0.25
    start = torch.full_like(volume, 0.5)
    torch.testing.assert_close(attribute(Square(), volume, "deeplift", baseline=start), expected)


def test_where_volume_and_baseline_meet_the_slope_stands_for_the_ratio():
    smooth = nn.Sequential(nn.Sigmoid(), nn.Flatten(), nn.Linear(4, 1, bias=False)).double()
    volume = torch.tensor([[3.0, -1.0], [0.5, 2.0]]).double()[None, None]
    near = attribute(smooth, volume, "deeplift", baseline=volume - 1e-13)
    slope = attribute(smooth, volume, "gradient")
    torch.testing.assert_close(near, slope * (volume - (volume - 1e-13)), rtol=1e-6, atol=0)
    assert (attribute(smooth, volume, "deeplift", baseline=volume) == 0).all()


def test_maps_of_several_baselines_are_averaged(net, volumes, differs):
    ways = ["zero", volumes().roll(1, 0), {"blur": 1.0}]
    together = attribute(net(), volumes(), "deeplift", target=0, baseline=ways)
    single = [attribute(net(), volumes(), "deeplift", target=0, baseline=one) for one in ways]
    assert differs(together, torch.stack(single).mean(0)) < 1e-10


def test_a_unit_inside_the_network_is_explained(net, volumes):
    network, unit = net(), ("conv2", 3, (1, 0, 2))
    maps = attribute(network, volumes(), "deeplift", target=unit)
    found = []
    network.eval().conv2.register_forward_hook(lambda *given: found.append(given[2][:, 3, 1, 0, 2]))
    with torch.no_grad():
        network(volumes()), network(0 * volumes())
    torch.testing.assert_close(maps.flatten(1).sum(1), found[0] - found[1])


def test_the_predicted_class_is_that_of_the_volume(net, volumes):
    network, batch = net().eval(), volumes(batch=8)
    predicted = network(batch).argmax(1)
    assert (predicted != network(0 * batch).argmax(1)).any()
    named = attribute(network, batch, "deeplift", target=predicted, score="logit")
    assert torch.equal(attribute(network, batch, "deeplift", score="logit"), named)


def test_a_network_that_takes_another_way_for_the_baseline_is_refused(net, volumes):
    class Forked(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu, self.tanh = nn.ReLU(), nn.Tanh()

        def forward(self, volumes):
            values = self.relu(volumes) if volumes.abs().sum() > 1 else self.tanh(volumes)
            return values.flatten(1).sum(1, keepdim=True)

    with pytest.raises(UnsupportedModel, match='layer "relu" runs relu for the volume but not for the baseline'):
        attribute(Forked(), volumes(), "deeplift")


@pytest.mark.parametrize("score", ["probability", "log_odds"])
def test_a_score_that_is_no_sum_of_logits_is_refused(net, volumes, score):
    with pytest.raises(SettingsError, match=f'score is "{score}", which deeplift cannot share out among 3 logits'):
        attribute(net(), volumes(), "deeplift", score=score)
