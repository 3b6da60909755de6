import numpy as np
import pytest
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import nn

from tests.library.attribution.conftest import settled
from tests.library.attribution.residual_networks import VoxResNetLike, korolev_like
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import InputError, SettingsError, UnsupportedModel

KINDS = ["module", "in_place", "shared", "functional", "torch"]
# the rules of convolutions and of dense layers
COMPOSITES = {
    "epsilon": ("epsilon", "epsilon"),
    "zplus": ("zplus", "zplus"),
    "epsilon_plus": ("zplus", "epsilon"),
    "epsilon_alpha_beta": ("alpha_beta", "epsilon"),
}


class Plain(nn.Module):
    """Convolution, ReLU, max-pooling, twice ReLU and dense layers: nothing that captum has no rule for."""

    def __init__(self, axes=3, bias=True):
        super().__init__()
        convolution, pool = (nn.Conv2d, nn.MaxPool2d) if axes == 2 else (nn.Conv3d, nn.MaxPool3d)
        self.conv1, self.relu1 = convolution(1, 4, 3, padding=1, bias=bias), nn.ReLU()
        self.pool = pool(2)
        self.conv2, self.relu2 = convolution(4, 5, 2, bias=bias), nn.ReLU()
        self.dense1, self.relu3 = nn.Linear(5 * (2 * 3 if axes == 2 else 2 * 2 * 3), 6, bias=bias), nn.ReLU()
        self.dense2 = nn.Linear(6, 3, bias=bias)

    def forward(self, volumes):
        values = self.relu2(self.conv2(self.pool(self.relu1(self.conv1(volumes)))))
        return self.dense2(self.relu3(self.dense1(values.flatten(1))))


def without_biases(network):
    """``network`` with every bias, also those that norms amount to, set to zero."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name.endswith(("bias", "running_mean")):
                value.zero_()
    return network


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize(("composite", "rule"), [("epsilon", "epsilon"), ("epsilon_plus", "zplus")])
def test_relevance_is_that_of_captum_with_its_rules_set_by_hand(volumes, differs, axes, composite, rule):
    # captum's z-plus rule takes what goes in to be positive, and knows no sign of a bias
    network = settled(Plain(axes, bias=rule == "epsilon")).eval()
    batch = volumes(axes).abs()
    ours = attribute(network, batch, "lrp_epsilon", target=[2, 0, 1], score="logit", composite=composite, epsilon=1e-9)
    for layer in (network.conv1, network.conv2):
        layer.rule = EpsilonRule() if rule == "epsilon" else Alpha1_Beta0_Rule()
    for layer in (network.dense1, network.dense2):
        layer.rule = EpsilonRule()
    # ours gives the whole of it to the winner, without an epsilon
    network.pool.rule = EpsilonRule(1e-30)
    theirs = LRP(network).attribute(batch, target=torch.tensor([2, 0, 1])).detach()
    assert differs(ours, theirs) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("first", [None, "flat", "w_square", "z_box"])
@pytest.mark.parametrize("composite", COMPOSITES)
def test_relevance_is_that_of_zennit(net, volumes, differs, zennit, axes, first, composite):
    network, batch = net(axes=axes).eval(), volumes(axes)
    # zennit leaves the eps of a norm that it has folded in it
    network.norm1.eps = network.norm2.eps = 0.0
    ours = attribute(
        network, batch, "lrp_epsilon", target=1, score="logit", composite=composite, first=first, box=(-4.0, 4.5)
    )
    low, high = (torch.full((1, 1, *(1 for _ in range(axes))), value).double() for value in (-4.0, 4.5))
    rules, types = zennit.rules, zennit.types
    kinds = {"epsilon": rules.Epsilon(1e-6), "zplus": rules.ZPlus(), "alpha_beta": rules.AlphaBeta(2, 1)}
    kinds |= {"flat": rules.Flat(), "w_square": rules.WSquare(), "z_box": rules.ZBox(low, high)}
    convolution, dense = COMPOSITES[composite]
    peer = zennit.composites.SpecialFirstLayerMapComposite(
        [(types.Activation, rules.Pass()), (types.Convolution, kinds[convolution]), (types.Linear, kinds[dense])],
        [(types.Convolution, kinds[first or convolution])],
        canonizers=[zennit.canonizers.SequentialMergeBatchNorm()],
    )
    # one sequence, in which zennit finds the norms behind the convolutions
    order = [network.conv1, network.norm1, network.block, network.pool, network.conv2, network.norm2, network.again]
    leaf = batch.clone().requires_grad_()
    with peer.context(nn.Sequential(*order, nn.Flatten(), network.linear)) as changed:
        logits = changed(leaf)
        chosen = logits.detach() * torch.eye(3).double()[1]
        theirs = torch.autograd.grad(logits, leaf, chosen)[0]
    assert differs(ours, theirs) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("relu", KINDS)
def test_without_epsilon_it_is_gradient_times_input_however_relu_is_called(net, volumes, differs, relu, axes):
    network, batch = net(relu, axes, channels=2), volumes(axes, channels=2)
    plain = attribute(network, batch, "grad_times_input", target=[2, 0, 1], score="logit")
    exact = attribute(network, batch, "lrp_epsilon", target=[2, 0, 1], score="logit", epsilon=0)
    assert differs(exact, plain) < 1e-10
    errors = [
        differs(attribute(network, batch, "lrp_epsilon", target=[2, 0, 1], score="logit", epsilon=epsilon), plain)
        for epsilon in (1e-2, 1e-5, 1e-8)
    ]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-5


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("in_place", [False, True])
def test_so_it_is_in_residual_networks_for_the_log_odds(volumes, differs, axes, in_place):
    for network in (settled(VoxResNetLike(axes, in_place=in_place)), settled(korolev_like(axes))):
        plain = attribute(network, volumes(axes), "grad_times_input", target=[1, 0, 1])
        assert differs(attribute(network, volumes(axes), "lrp_epsilon", target=[1, 0, 1], epsilon=0), plain) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("composite", ["epsilon", "epsilon_plus", "zplus"])
@pytest.mark.parametrize("first", [None, "flat", "w_square"])
def test_maps_of_networks_without_biases_sum_to_the_score(volumes, axes, composite, first):
    networks = [Plain(axes), korolev_like(axes, classes=3)]
    if composite == "epsilon":
        # z-plus loses what a convolution without ReLU behind it gives that is negative through and through
        networks.append(VoxResNetLike(axes, classes=3))
    for network in networks:
        without_biases(settled(network)).eval()
        # ends that are positive, since the z-plus rule has nobody to give a negative logit to
        with torch.no_grad():
            list(network.modules())[-1].weight.abs_()
        options = {"target": 1, "score": "logit", "composite": composite, "first": first, "epsilon": 0}
        with notes() as said:
            maps = attribute(network, volumes(axes), "lrp_epsilon", **options)
        with torch.no_grad():
            logits = network(volumes(axes))[:, 1]
        torch.testing.assert_close(maps.flatten(1).sum(1), logits, rtol=1e-8, atol=1e-8)
        assert np.abs(said["conservation_error"]).max() < 1e-8


def test_what_biases_keep_is_reported(net, volumes):
    network = net().eval()
    with notes() as said:
        maps = attribute(network, volumes(), "lrp_epsilon", target=1, score="logit")
    with torch.no_grad():
        logits = network(volumes())[:, 1]
    error = maps.flatten(1).sum(1) - logits
    np.testing.assert_allclose(said["conservation_error"], error, rtol=1e-9)
    np.testing.assert_allclose(said["explained_score"], logits, rtol=1e-9)
    assert error.abs().min() > 1e-3


def test_the_notes_name_the_rule_of_every_layer(net, volumes):
    with notes() as said:
        attribute(net(), volumes(), "lrp_epsilon", target=1, composite="epsilon_plus", first="flat")
        attribute(net(), volumes(), "lrp_epsilon", target=1, composite="epsilon_plus", first="flat")
    assert said["route"] == "calls"
    assert said["rules"] == {
        "1. conv1: conv3d": "flat",
        "2. norm1: batch_norm": "folded",
        "3. block.0.0: relu": "pass",
        "4. conv2: conv3d": "zplus",
        "5. norm2: batch_norm": "folded",
        "6. again: relu": "pass",
        "7. linear: linear": "epsilon",
    }


def test_a_norm_is_folded_only_where_nothing_else_reads_the_convolution(volumes):
    with notes() as said:
        attribute(settled(VoxResNetLike()), volumes(), "lrp_epsilon", target=1)
    norms = [rule for name, rule in said["rules"].items() if name.endswith("batch_norm")]
    # behind the stem; behind what both the block and its skip read; behind a block's first convolution; behind sums
    assert norms == ["folded", "epsilon", "folded", "epsilon", "folded", "epsilon"]


def test_two_layers_worked_by_hand():
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).double()
    with torch.no_grad():
        network[1].weight.copy_(torch.tensor([[1.0, 2.0], [3.0, -1.0]]))
        network[1].bias.copy_(torch.tensor([1.0, 0.0]))
        network[3].weight.copy_(torch.tensor([[2.0, -1.0]]))
        network[3].bias.fill_(0)
    volume = torch.tensor([[1.0, 2.0]]).double()[None, None]
    # hidden 6 and 1; score 12 - 1 = 11, relevance 12 and -1; 12 = 2 + 8 + 2 of the bias; -1 = -3 + 2
    found = attribute(network, volume, "lrp_epsilon", epsilon=0)
    torch.testing.assert_close(found, torch.tensor([[2.0 - 3.0, 8.0 + 2.0]]).double()[None, None])
    # z-plus: all of 11 to the first; 11 of 1, 4 and the bias 1
    found = attribute(network, volume, "lrp_epsilon", epsilon=0, composite="zplus")
    torch.testing.assert_close(found, torch.tensor([[11 / 6, 44 / 6]]).double()[None, None])
    # alpha 2, beta 1: 22 to the first, -11 to the second, whose positive part is 3 and negative part -2
    found = attribute(network, volume, "lrp_epsilon", epsilon=0, composite="alpha_beta")
    expected = [2 * 22 / 6 + 2 * -11.0, 2 * 4 * 22 / 6 - -11.0]
    torch.testing.assert_close(found, torch.tensor([expected]).double()[None, None])


@pytest.mark.parametrize("layer", [nn.LeakyReLU(0.2), nn.ELU(), nn.GELU(), nn.Tanh(), nn.ReLU6(), nn.Threshold(0, 0)])
def test_an_activation_without_change_at_zero_hands_relevance_on(net, volumes, layer):
    network = net()
    network.again = layer
    with notes() as said:
        attribute(network, volumes(), "lrp_epsilon", target=1, score="logit")
    assert [rule for name, rule in said["rules"].items() if name.startswith("6. again")] == ["pass"]


@pytest.mark.parametrize(
    ("layer", "operation"),
    [
        (nn.Sigmoid(), "sigmoid"),
        (nn.Softplus(), "softplus"),
        (nn.Hardtanh(0.5, 2.0), "hardtanh"),
        (nn.Threshold(0.1, 3.0), "threshold"),
    ],
)
def test_an_activation_that_gives_something_for_nothing_is_refused(net, volumes, layer, operation):
    network = net()
    network.again = layer
    with pytest.raises(UnsupportedModel, match=f'layer "again" runs {operation}, for which lrp_epsilon has no rule'):
        attribute(network, volumes(), "lrp_epsilon")


def test_a_unit_inside_the_network_is_explained(net, volumes, differs):
    unit = ("conv2", 3, (1, 0, 2))
    plain = attribute(net(), volumes(), "grad_times_input", target=unit)
    assert differs(attribute(net(), volumes(), "lrp_epsilon", target=unit, epsilon=0), plain) < 1e-10


def test_a_box_does_not_hold_behind_another_layer(volumes):
    network = settled(nn.Sequential(nn.BatchNorm3d(1), nn.Conv3d(1, 2, 3), nn.Flatten(), nn.Linear(280, 2)))
    with pytest.raises(UnsupportedModel, match='layer "1" is the first with weights but does not see the volume'):
        attribute(network, volumes(), "lrp_epsilon", first="z_box")
    attribute(network, volumes(), "lrp_epsilon", first="flat")


def test_a_volume_beyond_the_box_is_refused(net, volumes):
    with pytest.raises(InputError, match=r"volume 0 goes from -2.923 to 3.158, beyond box \(-1, 1\); widen the box"):
        attribute(net(), volumes(), "lrp_epsilon", first="z_box", box=(-1, 1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"composite": "gamma"}, "composite is 'gamma'; use one of epsilon, zplus, alpha_beta"),
        ({"first": "box"}, "first is 'box'; use one of None, epsilon"),
        ({"epsilon": -1e-6}, "epsilon is -1e-06; give a number of at least 0"),
        ({"alpha": 0.5}, "alpha is 0.5; give a number of at least 1"),
        ({"box": (1, 2, 3)}, r"box is \(1, 2, 3\); give \(low, high\)"),
        ({"score": "probability"}, 'score is "probability", which lrp_epsilon cannot share out among 3 logits'),
    ],
)
def test_wrong_options_are_refused(net, volumes, options, words):
    with pytest.raises(SettingsError, match=words):
        attribute(net(), volumes(), "lrp_epsilon", **options)
