"""What guided backpropagation and deconvnet share: each ReLU takes another way back, however it is called."""

import logging

import pytest
import torch
import torch.nn.functional as F
from captum.attr import Deconvolution, GuidedBackprop
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import UnsupportedModel

PEERS = {"deconvnet": Deconvolution, "guided_backprop": GuidedBackprop}
both = pytest.mark.parametrize("method", PEERS)


@both
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", ["module", "in_place", "shared", "functional", "torch"])
def test_every_way_to_call_relu_gives_the_map_of_captum_on_modules(net, volumes, differs, method, relu, axes):
    batch = volumes(axes, channels=2)
    ours = attribute(net(relu, axes, channels=2), batch, method, target=[2, 0, 1], score="logit")
    peer = PEERS[method](net("module", axes, channels=2).eval())
    theirs = peer.attribute(batch, target=torch.tensor([2, 0, 1])).detach()
    assert differs(ours, theirs) < 1e-10


@both
def test_a_background_of_zeros_where_pooling_ties_gives_the_map_of_captum(net, brain, differs, method):
    ours = attribute(net(), brain, method, target=1, score="logit")
    theirs = PEERS[method](net().eval()).attribute(brain, target=1).detach()
    assert differs(ours, theirs) < 1e-10
    single = attribute(net().float(), brain.float(), method, target=1, score="logit")
    assert single.dtype == torch.float32
    assert differs(single, theirs) < 1e-2


@both
def test_a_network_without_a_relu_is_warned_of_since_its_map_is_the_gradient(net, volumes, caplog, method):
    with caplog.at_level(logging.WARNING), notes() as said:
        found = attribute(net(act=nn.Identity()), volumes(), method, target=1)
    assert torch.equal(found, attribute(net(act=nn.Identity()), volumes(), "gradient", target=1))
    assert said["relu_calls"] == 0
    assert caplog.messages == [f"{method}: the network calls no ReLU, so the map is the plain gradient"]


@both
def test_the_calls_of_relu_are_counted(net, volumes, caplog, method):
    with notes() as said:
        attribute(net("functional"), volumes(), method, target=1)
    assert said["relu_calls"] == 2 and not caplog.messages


@both
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
def test_another_activation_is_refused_with_the_name_of_its_layer(net, volumes, method, layer, operation):
    network = net()
    network.block[0][0] = layer
    with pytest.raises(UnsupportedModel, match=rf'layer "block\.0\.0" runs {operation}, and {method} is ') as refusal:
        attribute(network, volumes(), method)
    assert "\n" not in str(refusal.value)


@both
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
def test_an_activation_hidden_in_a_function_is_refused(net, volumes, method, hidden):
    class Hidden(nn.Module):
        def forward(self, values):
            return hidden(values)

    network = net()
    network.again = Hidden()
    with pytest.raises(UnsupportedModel, match='layer "again" runs '):
        attribute(network, volumes(), method)


@both
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_is_refused(net, volumes, method):
    network = net()
    network.block = torch.jit.trace(network.block, volumes(batch=1))
    with pytest.raises(UnsupportedModel, match='layer "block" is TorchScript'):
        attribute(network, volumes(), method)


@both
def test_a_softmax_at_the_end_is_no_activation_to_refuse(net, volumes, differs, method):
    network = nn.Sequential(net(classes=2), nn.LogSoftmax(1))
    ours = attribute(network, volumes(), method, target=1, score="log_odds")
    assert differs(ours, attribute(network[0], volumes(), method, target=1, score="log_odds")) < 1e-10
