import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.attribution.conftest import settled
from voxplain.attribution.attribute import attribute
from voxplain.errors import UnsupportedModel

METHODS = ["deeplift", "lrp_epsilon"]


class Between(nn.Module):
    """``function`` in a layer of its own between a convolution and the end of a network."""

    def __init__(self, function):
        super().__init__()
        self.conv, self.inner, self.function = nn.Conv3d(1, 2, 3), nn.Module(), function
        self.inner.forward = lambda values: function(values, self.other)
        self.other, self.head = nn.Parameter(torch.ones(7)), nn.Linear(2, 2)

    def forward(self, volumes):
        return self.head(self.inner(self.conv(volumes)).mean((2, 3, 4)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("function", "found"),
    [
        (lambda values, _: values * values, "runs mul on two tensors that both come from the volume"),
        (lambda values, _: values * values.mean((2, 3, 4), keepdim=True), "runs mul on two tensors that both come"),
        (lambda values, _: values / (1 + values), "runs div on two tensors"),
        (lambda values, other: other / values, "runs div on two tensors"),
        (lambda values, _: values @ values.transpose(3, 4)[..., :4] @ values, "runs matmul on two tensors"),
        (lambda values, _: 1 / values, "runs __rdiv__"),
        (lambda values, _: F.group_norm(values, 1), "runs group_norm"),
        (lambda values, _: F.instance_norm(values), "runs instance_norm"),
        (lambda values, _: F.layer_norm(values, values.shape[1:]), "runs layer_norm"),
        (lambda values, _: F.batch_norm(values, None, None, training=True), "normalises by the batch it runs in"),
        (lambda values, _: F.softmax(values, 1), "runs softmax"),
        (lambda values, _: F.dropout(values), "runs dropout at random in evaluation mode"),
        (lambda values, _: F.rrelu(values, training=True), "runs rrelu at random in evaluation mode"),
        (lambda values, _: torch.where(values > 0, values, 0.0), "runs where"),
        (lambda values, _: values * (values > 0), "runs mul on what was detached or compared"),
        (lambda values, _: torch.maximum(values, 2 * values), "runs maximum"),
        (lambda values, _: values.detach() + values, "runs add on what was detached or compared"),
        (lambda values, _: values + 2 * values.detach().relu(), "runs add on what was detached or compared"),
        (lambda values, _: values.detach().relu_(), "runs relu_ on what was detached or compared"),
        (lambda values, _: F.relu(values.detach(), inplace=True), "runs relu on what was detached or compared"),
        (lambda values, _: values.data + values, "runs data"),
        (lambda values, _: torch.einsum("bcxyz->bczxy", values), "runs einsum"),
        (lambda values, _: F.linear(values, values[0, 0, 0]), "runs linear with weights that come from the volume"),
        (lambda values, _: values.sort(2).values, "runs sort"),
        (lambda values, _: values.norm(dim=2, keepdim=True), "runs norm"),
        (lambda values, _: values.index_put_((torch.tensor(0),), torch.zeros(()).double()), "runs index_put_"),
    ],
)
def test_what_has_no_rule_is_refused_with_the_name_of_its_layer(volumes, method, function, found):
    with pytest.raises(UnsupportedModel, match=f'layer "inner" ({found})') as refusal:
        attribute(settled(Between(function)), volumes(), method)
    assert "\n" not in str(refusal.value) and str(refusal.value).count("; use ") == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_value_that_is_written_into_a_part_is_refused(volumes, method):
    def written(values, _):
        values[:, 0] = 0
        return values

    with pytest.raises(UnsupportedModel, match='layer "inner" runs __setitem__'):
        attribute(settled(Between(written)), volumes(), method)


def summed_before(values, _):
    """A term of a sum that is overwritten afterwards."""
    total = values + 2 * values
    values.relu_()
    return total + values


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("function", "same"),
    [
        (lambda values, other: values * other.mean() + other, lambda values, other: other + other.mean() * values),
        (lambda values, other: values.add_(other), lambda values, other: values + other),
        (lambda values, _: values.mul_(-2).sub_(1), lambda values, _: -2 * values - 1),
        (lambda values, _: 1 - values, lambda values, _: -values + 1),
        (lambda values, _: torch.rsub(values, 1), lambda values, _: values.neg().add(1)),
        (lambda values, _: values.relu_(), lambda values, _: F.relu(values)),
        (lambda values, _: values.clamp(min=0), lambda values, _: values.clamp_(0)),
        (lambda values, _: F.leaky_relu_(values, 0.2), lambda values, _: F.leaky_relu(values, 0.2)),
        (lambda values, _: F.elu(values, 1.0, True), lambda values, _: F.elu(values)),
        (lambda values, _: F.dropout(values, 0.5, False, True), lambda values, _: values),
        (lambda values, _: F.adaptive_max_pool3d(values, (1, 1, 1)), lambda values, _: values.amax((2, 3, 4), True)),
        (lambda values, _: F.adaptive_avg_pool3d(values, 1), lambda values, _: values.mean((2, 3, 4), keepdim=True)),
        (lambda values, _: torch.stack(values.unbind(2), 2), lambda values, _: torch.cat(values.chunk(2, 1), 1)),
        (
            lambda values, _: values.mT.mT.contiguous(),
            lambda values, _: values.view(len(values), 2, -1).view_as(values),
        ),
        (lambda values, _: torch.zeros_like(values).add_(values), lambda values, _: values),
        (summed_before, lambda values, _: 3 * values + values.relu()),
        (lambda values, _: values + values, lambda values, _: values * 2),
    ],
)
def test_two_ways_to_write_the_same_have_the_same_map(volumes, differs, method, function, same):
    maps = [attribute(settled(Between(one)), volumes(), method, target=1, score="logit") for one in (function, same)]
    assert maps[0].abs().sum() > 0
    assert differs(*maps) < (1e-10 if method == "deeplift" else 1e-3)
    if method == "lrp_epsilon":
        maps = [
            attribute(settled(Between(one)), volumes(), method, target=1, score="logit", epsilon=0)
            for one in (function, same)
        ]
        assert differs(*maps) < 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_a_network_may_look_at_values_to_choose_its_way(volumes, differs, method):
    def looking(values, _):
        if values.shape[1] == 2 and (values.detach().mean() < 100).item() and values.argmax() >= 0:
            return values.relu()
        return values

    plain = attribute(settled(Between(lambda values, _: values.relu())), volumes(), method)
    assert differs(attribute(settled(Between(looking)), volumes(), method), plain) < 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_an_autograd_function_of_the_networks_own_is_refused(volumes, method):
    class Reversed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, values):
            return values.clone()

        @staticmethod
        def backward(ctx, gradient):
            return -gradient

    with pytest.raises(UnsupportedModel, match='the network runs its own autograd function "Reversed"'):
        attribute(settled(Between(lambda values, _: Reversed.apply(values) + values)), volumes(), method)


@pytest.mark.parametrize("method", METHODS)
def test_recurrent_layers_are_refused(volumes, method):
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(6 * 9, 2, batch_first=True)

        def forward(self, batch):
            return self.lstm(batch.flatten(3)[:, 0])[0][:, -1]

    with pytest.raises(UnsupportedModel, match='layer "lstm" runs lstm, for which'):
        attribute(Recurrent().double(), volumes(), method)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("method", METHODS)
def test_torchscript_is_refused(net, volumes, method):
    network = net()
    network.block = torch.jit.trace(network.block, volumes(batch=1))
    with pytest.raises(UnsupportedModel, match=f'layer "block" is TorchScript, which {method} cannot follow'):
        attribute(network, volumes(), method)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_cuts_the_graph_is_refused(volumes, method):
    class Cut(nn.Module):
        def forward(self, batch):
            with torch.no_grad():
                return batch.flatten(1)[:, :2] * 2

    with pytest.raises(UnsupportedModel, match="no gradient flows from the score to the volumes"):
        attribute(Cut(), volumes(), method)


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_ends_in_probabilities_is_asked_for_without_them(net, volumes, method):
    network = nn.Sequential(net(classes=2), nn.LogSoftmax(1))
    with pytest.raises(UnsupportedModel, match='layer "1" runs log_softmax, .*; use a network that ends before it'):
        attribute(network, volumes(), method)
