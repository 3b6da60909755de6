import pytest
import torch
import torch.nn.functional as F
from captum.attr import GuidedBackprop
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import UnsupportedModel

KINDS = ["module", "in_place", "shared", "functional", "torch"]


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", KINDS)
def test_every_way_to_call_relu_gives_the_map_of_captum_on_modules(net, volumes, differs, relu, axes):
    batch = volumes(axes, channels=2)
    ours = attribute(net(relu, axes, channels=2), batch, "guided_backprop", target=[2, 0, 1], score="logit")
    peer = GuidedBackprop(net("module", axes, channels=2).eval())
    theirs = peer.attribute(batch, target=torch.tensor([2, 0, 1])).detach()
    assert differs(ours, theirs) < 1e-10


@pytest.mark.parametrize("relu", KINDS)
def test_it_is_never_the_plain_gradient(net, volumes, differs, relu):
    guided = attribute(net(relu), volumes(), "guided_backprop", target=1)
    assert differs(guided, attribute(net(relu), volumes(), "gradient", target=1)) > 0.1


def test_a_background_of_zeros_where_pooling_ties_gives_the_map_of_captum(net, brain, differs):
    ours = attribute(net(), brain, "guided_backprop", target=1, score="logit")
    theirs = GuidedBackprop(net().eval()).attribute(brain, target=1).detach()
    assert differs(ours, theirs) < 1e-10


def test_two_layers_worked_by_hand():
    class Two(nn.Module):
        """logits = (relu(x) - 2 relu(-x), 0), summed over voxels."""

        def forward(self, volumes):
            score = (F.relu(volumes) - 2 * F.relu(-volumes)).flatten(1).sum(1)
            return torch.stack([score, torch.zeros_like(score)], 1)

    volume = torch.tensor([[3.0, -1.0], [0.0, 2.0]]).double()[None, None]
    # the second ReLU gets a negative gradient, which does not pass; a ReLU at zero is not active
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).double()[None, None]
    assert torch.equal(attribute(Two(), volume, "guided_backprop", target=0), expected)
    plain = torch.tensor([[1.0, 2.0], [0.0, 1.0]]).double()[None, None]
    assert torch.equal(attribute(Two(), volume, "gradient", target=0), plain)


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


@pytest.mark.parametrize(
    ("layer", "operation"),
    [
        (nn.LeakyReLU(), "leaky_relu"),
        (nn.ELU(), "elu"),
        (nn.ELU(inplace=True), "elu"),
        (nn.GELU(), "gelu"),
        (nn.SiLU(), "silu"),
        (nn.PReLU(dtype=torch.float64), "_prelu_kernel"),
        (nn.RReLU(), "rrelu_with_noise"),
        (nn.ReLU6(), "hardtanh"),
        (nn.Softplus(), "softplus"),
        (nn.Sigmoid(), "sigmoid"),
        (nn.Tanh(), "tanh"),
        (nn.Threshold(0, 0), "threshold"),
    ],
)
def test_another_activation_is_refused_with_the_name_of_its_layer(net, volumes, layer, operation):
    network = net()
    network.block[0][0] = layer
    with pytest.raises(UnsupportedModel, match=rf'layer "block\.0\.0" runs {operation}, ') as refusal:
        attribute(network, volumes(), "guided_backprop")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "hidden",
    [
        F.leaky_relu,
        lambda values: values.clamp(min=0),
        lambda values: torch.maximum(values, torch.zeros_like(values)),
        lambda values: torch.where(values > 0, values, 0.0),
        torch.ops.aten.relu,
    ],
    ids=["leaky_relu", "clamp", "maximum", "where", "aten"],
)
def test_an_activation_hidden_in_a_function_is_refused(net, volumes, hidden):
    class Hidden(nn.Module):
        def forward(self, values):
            return hidden(values)

    network = net()
    network.again = Hidden()
    with pytest.raises(UnsupportedModel, match='layer "again" runs '):
        attribute(network, volumes(), "guided_backprop")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_is_refused(net, volumes):
    network = net()
    network.block = torch.jit.trace(network.block, volumes(batch=1))
    with pytest.raises(UnsupportedModel, match='layer "block" is TorchScript'):
        attribute(network, volumes(), "guided_backprop")


def test_a_softmax_at_the_end_is_no_activation_to_refuse(net, volumes, differs):
    network = nn.Sequential(net(classes=2), nn.LogSoftmax(1))
    ours = attribute(network, volumes(), "guided_backprop", target=1, score="log_odds")
    assert differs(ours, attribute(network[0], volumes(), "guided_backprop", target=1, score="log_odds")) < 1e-10
