import pytest
import torch
from torch import nn

from tests.library.attribution.conftest import settled
from tests.library.attribution.dense_layers import relevance_of
from tests.library.attribution.residual_networks import VoxResNetLike, korolev_like
from voxplain.attribution.attribute import attribute

EPSILON = 1e-3
COMPOSITES = {
    "epsilon": ("epsilon", "epsilon"),
    "zplus": ("zplus", "zplus"),
    "alpha_beta": ("alpha_beta", "alpha_beta"),
    "epsilon_plus": ("zplus", "epsilon"),
    "epsilon_alpha_beta": ("alpha_beta", "epsilon"),
}


def steps_of_net(network, first, convolution, dense):
    return [
        ("linear", nn.Sequential(network.conv1, network.norm1), first),
        ("relu", None),
        ("max", network.pool),
        ("linear", nn.Sequential(network.conv2, network.norm2), convolution),
        ("relu", None),
        ("linear", nn.Sequential(nn.Flatten(), network.linear), dense),
    ]


def steps_of_residual(network, first, convolution, dense):
    skips = []
    for block in network.blocks:
        inner = [("linear", block.norm1, "epsilon"), ("relu", None)]
        inner += [("linear", nn.Sequential(block.conv1, block.norm2), convolution), ("relu", None)]
        skips.append(("skip", [*inner, ("linear", block.conv2, convolution)]))
    return [
        ("linear", nn.Sequential(network.stem, network.norm1), first),
        ("relu", None),
        ("linear", network.down, convolution),
        *skips,
        *(("linear", network.norm2, "epsilon"), ("relu", None), ("linear", network.pool, "epsilon")),
        *(("linear", nn.Sequential(nn.Flatten(), network.dense1), dense), ("relu", None)),
        ("linear", network.dense2, dense),
    ]


def steps_of_korolev(network, first, convolution, dense):
    return [
        ("linear", network[0], first),
        ("relu", None),
        ("linear", network[2], convolution),
        ("relu", None),
        ("max", network[4]),
        ("linear", network[5:7], dense),
        *(("relu", None), ("linear", network[8:10], "epsilon")),
        ("linear", network[10], dense),
        *(("relu", None), ("linear", network[12], dense)),
    ]


def by_hand(steps, batch, network, target, **options):
    """Relevance of the logit ``target``, volume by volume."""
    with torch.no_grad():
        logits = network(batch)
    chosen = torch.zeros_like(logits)
    chosen[:, target] = logits[:, target]
    rows = zip(batch, chosen, strict=True)
    return torch.stack([relevance_of(steps, one, relevance, EPSILON, **options) for one, relevance in rows])


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("composite", COMPOSITES)
@pytest.mark.parametrize("relu", ["in_place", "functional"])
def test_each_composite_gives_the_map_of_plain_matrices(net, volumes, differs, axes, composite, relu):
    network, batch = net(relu, axes).eval(), volumes(axes)
    convolution, dense = COMPOSITES[composite]
    options = {"composite": composite, "epsilon": EPSILON, "alpha": 3.0}
    ours = attribute(network, batch, "lrp_epsilon", target=1, score="logit", **options)
    steps = steps_of_net(network, convolution, convolution, dense)
    assert differs(ours, by_hand(steps, batch, network, 1, alpha=3.0)) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("first", ["flat", "w_square", "z_box", "epsilon", "zplus", "alpha_beta"])
def test_each_rule_of_the_first_layer_gives_the_map_of_plain_matrices(net, volumes, differs, axes, first):
    network, batch = net(axes=axes).eval(), volumes(axes)
    options = {"composite": "epsilon_plus", "first": first, "epsilon": EPSILON, "box": (-4.0, 4.5)}
    ours = attribute(network, batch, "lrp_epsilon", target=1, score="logit", **options)
    steps = steps_of_net(network, first, "zplus", "epsilon")
    assert differs(ours, by_hand(steps, batch, network, 1, box=(-4.0, 4.5))) < 1e-10


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("composite", ["epsilon", "epsilon_plus", "epsilon_alpha_beta"])
@pytest.mark.parametrize("kind", ["residual", "in_place", "korolev"])
def test_residual_and_plain_networks_give_the_map_of_plain_matrices(volumes, differs, axes, composite, kind):
    network = korolev_like(axes) if kind == "korolev" else VoxResNetLike(axes, in_place=kind == "in_place")
    settled(network).eval()
    batch, (convolution, dense) = volumes(axes), COMPOSITES[composite]
    ours = attribute(
        network, batch, "lrp_epsilon", target=1, score="logit", composite=composite, first="flat", epsilon=EPSILON
    )
    steps = (steps_of_korolev if kind == "korolev" else steps_of_residual)(network, "flat", convolution, dense)
    assert differs(ours, by_hand(steps, batch, network, 1)) < 1e-10


@pytest.mark.parametrize("composite", COMPOSITES)
def test_a_background_of_zeros_gives_the_map_of_plain_matrices(net, brain, differs, composite):
    network, (convolution, dense) = net().eval(), COMPOSITES[composite]
    options = {"target": 1, "score": "logit", "composite": composite, "epsilon": EPSILON}
    expected = by_hand(steps_of_net(network, convolution, convolution, dense), brain, network, 1)
    ours = attribute(network, brain, "lrp_epsilon", **options)
    assert differs(ours, expected) < 1e-10
    assert (ours[brain == 0] == 0).all()
    single = attribute(network.float(), brain.float(), "lrp_epsilon", **options)
    assert single.dtype == torch.float32
    assert differs(single.double(), expected) < 1e-2


def test_the_box_is_by_default_each_volumes_own(net, volumes, differs):
    network, batch = net().eval(), volumes()
    options = {"target": 1, "score": "logit", "composite": "zplus", "first": "z_box", "epsilon": EPSILON}
    ours = attribute(network, batch, "lrp_epsilon", **options)
    steps = steps_of_net(network, "z_box", "zplus", "zplus")
    for row, one in enumerate(batch):
        expected = by_hand(steps, one[None], network, 1, box=(one.min(), one.max()))
        assert differs(ours[row : row + 1], expected) < 1e-10


def test_every_layer_that_sees_the_volume_has_the_first_rule(volumes, differs):
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv3d(1, 2, 3), nn.Conv3d(1, 2, 3)
            self.head = nn.Linear(2 * 2 * 5 * 4 * 7, 1)

        def forward(self, batch):
            return self.head(torch.cat([self.left(batch).relu(), self.right(batch).relu()], 1).flatten(1))

    network = settled(Twice()).eval()
    ours = attribute(network, volumes(), "lrp_epsilon", composite="zplus", first="flat", epsilon=EPSILON)

    joined = nn.Conv3d(1, 4, 3).double()
    with torch.no_grad():
        joined.weight.copy_(torch.cat([network.left.weight, network.right.weight]))
        joined.bias.copy_(torch.cat([network.left.bias, network.right.bias]))
    steps = [("linear", joined, "flat"), ("relu", None), ("linear", nn.Sequential(nn.Flatten(), network.head), "zplus")]
    assert differs(ours, by_hand(steps, volumes(), network, 0)) < 1e-10
