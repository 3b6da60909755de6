"""The lean graph of a network gives the maps of the network itself, and is left alone where it could not."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.attribution.conftest import settled
from tests.library.attribution.residual_networks import VoxResNetLike, korolev_like
from voxplain.attribution import attribute as request
from voxplain.attribution.attribute import attribute
from voxplain.attribution.lean import Lean
from voxplain.attribution.notes import notes
from voxplain.errors import UnsupportedModel

METHODS = ("gradient", "guided_backprop", "deconvnet", "integrated_gradients", "interior_gradients", "smoothgrad")
METHODS += ("expected_gradients", "guided_integrated_gradients", "grad_cam", "guided_grad_cam")
OPTIONS = {
    "smoothgrad": {"samples": 3},
    "integrated_gradients": {"steps": 5},
    "guided_integrated_gradients": {"steps": 3},
    "expected_gradients": {"references": ["zero", "blur"], "samples": 5},
    "grad_cam": {"relu": False},
}


class Blocks(nn.Module):
    """Convolution, batch norm, ReLU and max-pooling in this order or with the pooling before ReLU, as published."""

    def __init__(self, axes=3, relu_first=True, pool=2, in_place=False):
        super().__init__()
        convolution, norm, pools = {
            2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d),
            3: (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d),
        }[axes]
        tail = [nn.ReLU(inplace=in_place), pools(pool)]
        first = [convolution(1, 4, 3, padding=1), norm(4), *(tail if relu_first else tail[::-1])]
        self.features = nn.Sequential(*first, convolution(4, 3, 2, bias=False), norm(3), nn.ReLU())
        self.linear = nn.LazyLinear(3)

    def forward(self, volumes):
        return self.linear(self.features(volumes).flatten(1))


def blocks(batch, **options):
    made = Blocks(batch.dim() - 2, **options).double()
    made.eval()(batch)
    return settled(made)


NETWORKS = {
    "blocks": blocks,
    "pooling first": lambda batch: blocks(batch, relu_first=False),
    "in place": lambda batch: blocks(batch, in_place=True),
    "pooling by three": lambda batch: blocks(batch, pool=3),
    "residual": lambda batch: settled(VoxResNetLike(batch.dim() - 2, in_place=False)),
    "residual in place": lambda batch: settled(VoxResNetLike(batch.dim() - 2, in_place=True)),
    "plain": lambda batch: settled(korolev_like(batch.dim() - 2)),
}


def whole(monkeypatch, *args, **options):
    """Maps by the network itself."""
    with monkeypatch.context() as patch:
        patch.setattr(request, "Shared", lambda *_: None)
        return attribute(*args, **options)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_lean_graph_gives_the_maps_of_the_whole_network(monkeypatch, volumes, brain, differs, name, axes, method):
    batch = brain if axes == 3 else volumes(axes)
    network = NETWORKS[name](batch)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.Linear):
                # so that guided ways back have something to carry
                layer.weight.abs_()
    with notes() as said:
        found = attribute(network, batch, method, target=1, score="logit", **OPTIONS.get(method, {}))
    assert said["path"] == "lean graph"
    expected = whole(monkeypatch, network, batch, method, target=1, score="logit", **OPTIONS.get(method, {}))
    assert (expected != 0).any()
    assert differs(found, expected) < 1e-10


def path(network, batch, method="gradient"):
    with notes() as said:
        found = attribute(network, batch, method, target=1)
    return said["path"], found


def test_weights_that_changed_without_torch_s_knowledge_are_seen(monkeypatch, net, volumes, differs):
    network = net()
    first = path(network, volumes())[1]
    network.conv1.weight.data.mul_(-0.5)
    network.norm1.running_mean.data.add_(0.3)
    used, found = path(network, volumes())
    assert used == "lean graph" and differs(found, first) > 0.1
    assert differs(found, whole(monkeypatch, network, volumes(), "gradient", target=1)) < 1e-10


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        return values * 1.0

    @staticmethod
    def backward(ctx, gradient):
        return -gradient


class Odd(nn.Module):
    """A network that does ``what`` to its first cells, which torch.fx does not follow or would lose."""

    def __init__(self, what):
        super().__init__()
        self.cells, self.linear, self.what = nn.Conv3d(1, 2, 3), nn.Linear(2, 2), what

    def forward(self, volumes):
        cells = self.cells(volumes)
        return self.linear(self.what(cells).amax((2, 3, 4)) + 0 * cells.mean((2, 3, 4)))


def without_gradient(cells):
    with torch.no_grad():
        kept = cells * 2
    return cells + kept


def overwritten(cells):
    F.relu(cells, inplace=True)
    return cells


ODD = {
    "a way back of its own": Reversed.apply,
    "a part without gradients": without_gradient,
    "control by values": lambda cells: cells if cells.mean() > -100 else -cells,
    "one value overwritten": overwritten,
}


@pytest.mark.parametrize("name", ODD)
def test_what_the_graph_would_lose_is_left_to_the_network(monkeypatch, volumes, name):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = Odd(ODD[name]).double()
    used, found = path(network, volumes())
    assert used == "whole network"
    leaf = volumes().requires_grad_()
    scores = network(leaf)
    (expected,) = torch.autograd.grad((scores[:, 1] - scores[:, 0]).sum(), leaf)
    torch.testing.assert_close(found, expected)


def test_hooks_and_short_numbers_go_through_the_network(net, volumes):
    network, seen = net(), []
    handle = network.conv1.register_forward_hook(lambda *_: seen.append(1))
    assert path(network, volumes())[0] == "whole network" and seen
    handle.remove()
    assert path(network, volumes())[0] == "lean graph"
    assert path(network.bfloat16(), volumes().bfloat16())[0] == "whole network"


def test_a_network_that_cuts_the_graph_is_still_refused(volumes):
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells, self.linear = nn.Conv3d(1, 2, 3), nn.Linear(2, 2)

        def forward(self, given):
            return self.linear(self.cells(given).detach().amax((2, 3, 4)))

    with pytest.raises(UnsupportedModel, match="no gradient flows"):
        attribute(Cut().double(), volumes(), "gradient", target=1)


def test_looking_at_the_graph_leaves_no_trace_on_the_network(volumes):
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells, self.linear, self.passes = nn.Conv3d(1, 2, 3), nn.Linear(2, 2), 0

        def forward(self, given):
            self.passes, self.last = self.passes + 1, given
            return self.linear(self.cells(given).amax((2, 3, 4)))

    network = Counts().double()
    assert path(network, volumes())[0] == "lean graph"
    # one pass of the network itself, to compare
    assert network.passes == 1 and type(network.last) is torch.Tensor


def test_a_class_that_rounding_decides_is_the_one_that_the_network_says(net, volumes):
    network, batch = net(classes=2).eval(), volumes()
    with torch.no_grad():
        network.linear.weight[1] = network.linear.weight[0]
        network.linear.bias.fill_(0.25)
        predicted = network(batch).argmax(1)
    assert torch.equal(
        attribute(network, batch, "gradient", score="logit"),
        attribute(network, batch, "gradient", target=predicted, score="logit"),
    )


class WithConstant(nn.Module):
    """What stands before the first layer in the order of the code, and is used behind it."""

    def __init__(self):
        super().__init__()
        self.cells, self.linear = nn.Conv3d(1, 2, 3), nn.Linear(2, 2)
        self.register_buffer("shift", torch.tensor([0.3, -0.4], dtype=torch.float64))

    def forward(self, volumes):
        shift = self.shift * 2
        return self.linear(self.cells(volumes).relu().amax((2, 3, 4)) + shift)


def test_constants_beside_the_volume_are_part_of_the_graph(monkeypatch, volumes, differs):
    network = WithConstant().double()
    used, found = path(network, volumes(), "integrated_gradients")
    assert used == "lean graph"
    assert differs(found, whole(monkeypatch, network, volumes(), "integrated_gradients", target=1)) < 1e-10


def test_a_layer_whose_forward_somebody_replaced_runs_as_it_is(net, volumes, differs):
    network, plain = net(), path(net(), volumes())[1]
    own = network.conv2.forward
    network.conv2.forward = lambda values: 2 * own(values)
    used, found = path(network, volumes())
    assert used == "whole network" and differs(found, plain) > 0.1


def test_a_batch_that_does_not_fit_is_halved_with_the_same_map(monkeypatch, caplog, net, volumes, differs):
    plain = attribute(net(), volumes(), "integrated_gradients", target=1, steps=12)
    outputs = Lean.outputs

    def short(self, entry):
        if len(entry.rows) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return outputs(self, entry)

    network = net()
    attribute(network, volumes(), "gradient", target=1)
    monkeypatch.setattr(Lean, "outputs", short)
    found = attribute(network, volumes()[:1], "integrated_gradients", target=1, steps=12)
    assert differs(found, plain[:1]) < 1e-10 and "going on with 2" in caplog.text
