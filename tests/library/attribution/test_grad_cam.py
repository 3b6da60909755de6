import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captum.attr import LayerAttribution, LayerGradCam
from scipy.interpolate import RegularGridInterpolator
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.errors import SettingsError, UnsupportedModel
from voxplain.networks.build import build


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("layer", ["conv1", "norm2", "block.0.0", "again"])
@pytest.mark.parametrize("relu", ["module", "in_place"])
def test_the_stretched_map_is_that_of_captum(net, volumes, differs, axes, layer, relu):
    batch = volumes(axes, channels=2)
    options = {"target": [2, 0, 1], "score": "logit", "layer": layer, "relu": False, "placement": "stretch"}
    ours = attribute(net(relu, axes, channels=2), batch, "grad_cam", **options)
    peer = net("module", axes, channels=2).eval()
    raw = LayerGradCam(peer, peer.get_submodule(layer)).attribute(batch, target=torch.tensor([2, 0, 1])).detach()
    mode = {2: "bilinear", 3: "trilinear"}[axes]
    theirs = LayerAttribution.interpolate(raw, batch.shape[2:], mode)
    assert differs(ours, theirs.expand_as(batch)) < 1e-10


@pytest.mark.parametrize("layer", ["conv1", "norm2", "again"])
def test_in_a_background_of_zeros_the_stretched_map_is_that_of_captum(net, brain, differs, layer):
    options = {"target": [2, 0, 1], "score": "logit", "layer": layer, "relu": False, "placement": "stretch"}
    peer = net().eval()
    raw = LayerGradCam(peer, peer.get_submodule(layer)).attribute(brain, target=torch.tensor([2, 0, 1])).detach()
    theirs = LayerAttribution.interpolate(raw, brain.shape[2:], "trilinear")
    assert differs(attribute(net(), brain, "grad_cam", **options), theirs) < 1e-10


def test_relu_keeps_what_speaks_for_and_counterfactual_turns_the_sign(net, volumes):
    def cam(**options):
        return attribute(net(), volumes(), "grad_cam", target=1, layer="norm2", placement="stretch", **options)

    raw = cam(relu=False)
    assert (raw < 0).any()
    assert torch.equal(cam(relu=False, counterfactual=True), -raw)
    assert (cam() >= 0).all() and (cam(counterfactual=True) >= 0).all()
    assert not torch.equal(cam(), cam(counterfactual=True))


class Turned(nn.Module):
    """``network`` with its outputs negated."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, volumes):
        return -self.network(volumes)


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "hires_cam", "guided_grad_cam"])
@pytest.mark.parametrize("axes", [2, 3])
def test_counterfactual_is_the_map_of_the_negated_logit(net, volumes, differs, method, axes):
    batch, options = volumes(axes), {"target": [2, 0, 1], "score": "logit"}
    against = attribute(net(axes=axes), batch, method, counterfactual=True, layer="norm2", **options)
    negated = attribute(Turned(net(axes=axes)), batch, method, layer="network.norm2", **options)
    if method == "guided_grad_cam":
        # there only the place is that of the negated logit
        where = attribute(Turned(net(axes=axes)), batch, "grad_cam", layer="network.norm2", **options)
        negated = where * attribute(net(axes=axes), batch, "guided_backprop", **options)
    assert against.abs().max() > 0 and differs(against, negated) < 1e-10


@pytest.mark.parametrize("method", ["grad_cam", "guided_grad_cam"])
@pytest.mark.parametrize("options", [{}, {"mask": "nonzero"}, {"placement": "stretch"}])
def test_a_zero_map_stays_zero(net, brain, method, options):
    network = net()
    with torch.no_grad():
        network.linear.weight.zero_()
    assert (attribute(network, brain, method, target=1, **options) == 0).all()


class OneLayer(nn.Module):
    """The layer is the volume itself, twice; logits weigh its voxels by ``weights`` (2, x, y, z)."""

    def __init__(self, weights):
        super().__init__()
        self.layer, self.weights = nn.Identity(), weights

    def forward(self, volumes):
        cells = self.layer(torch.cat([volumes, 2 * volumes], 1))
        score = (cells * self.weights).flatten(1).sum(1)
        return torch.stack([score, torch.zeros_like(score)], 1)


def test_the_weights_are_means_over_all_three_axes_worked_by_hand():
    shape = (2, 3, 4)
    along = [
        torch.arange(length).double().reshape([-1 if at == axis else 1 for at in range(3)])
        for axis, length in enumerate(shape)
    ]
    # differs along every axis, so that a mean over two of them gives another map
    slope = torch.stack([along[0] + 10 * along[1] + 100 * along[2], -along[0] * along[1] * along[2] + 0 * along[0]])
    volume = torch.rand(3, 1, *shape, generator=torch.Generator().manual_seed(1)).double()
    cam = attribute(OneLayer(slope), volume, "grad_cam", layer="layer", target=0, relu=False)
    first, second = 0.5 + 10 * 1 + 100 * 1.5, -0.5 * 1 * 1.5
    torch.testing.assert_close(cam, (first + 2 * second) * volume)


def planted(shape, corner, side=5):
    volume = torch.zeros(1, 1, *shape)
    volume[(0, 0, *(slice(start, start + side) for start in corner))] = 1
    return volume


def placed_by_scipy(cells, first, step, shape):
    grid = [f + s * np.arange(n) for f, s, n in zip(first, step, cells.shape, strict=True)]
    inside = [np.clip(np.arange(length), axis[0], axis[-1]) for length, axis in zip(shape, grid, strict=True)]
    return RegularGridInterpolator(grid, cells)(np.stack(np.meshgrid(*inside, indexing="ij"), -1))


def field_of(network, volume, cell):
    """First and last voxel, on each axis, that reach ``cell`` of the layer that Grad-CAM explains."""
    chain = []
    for name, layer in network.features.named_children():
        if isinstance(layer, nn.Conv3d):
            chain.append(layer)
        if isinstance(layer, nn.MaxPool3d):
            chain.append(nn.AvgPool3d(layer.kernel_size))
        if f"features.{name}" == network.cam_layer:
            break
    leaf = volume[:1].clone().requires_grad_()
    slope = torch.autograd.grad(nn.Sequential(*chain)(leaf)[(0, slice(None), *cell)].sum(), leaf)[0]
    return [(int(axis.min()), int(axis.max())) for axis in slope[0, 0].nonzero().T]


def raw_cells(network, volume):
    """Grad-CAM of class 1 on the cells of the network's own layer, without ReLU."""
    kept = []
    handle = network.get_submodule(network.cam_layer).register_forward_hook(lambda _, __, output: kept.append(output))
    logits = network(volume)
    handle.remove()
    slope = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), kept[0])[0]
    return (slope.mean((2, 3, 4), keepdim=True) * kept[0]).sum(1).detach().numpy()


@pytest.mark.parametrize(("name", "shape"), [("mrinet", (23, 30, 26)), ("adni_cnn", (92, 78, 90))])
def test_cells_stand_at_the_centres_of_their_receptive_fields_and_nothing_where_none_looks(name, shape):
    torch.manual_seed(1)
    network = build(name, shape, width=2).double().eval()
    volume = torch.randn(2, 1, *shape, dtype=torch.float64)
    begin, after = (field_of(network, volume, (at, at, at)) for at in (0, 1))
    first = [sum(ends) / 2 for ends in begin]
    step = [sum(ends) / 2 - centre for ends, centre in zip(after, first, strict=True)]
    ours = attribute(network, volume, "grad_cam", target=1, relu=False)
    for one, cells in zip(ours[:, 0].numpy(), raw_cells(network, volume), strict=True):
        expected = placed_by_scipy(cells, first, step, shape)
        for axis, (ends, apart, count) in enumerate(zip(begin, step, cells.shape, strict=True)):
            unseen = int(ends[1] + apart * (count - 1)) + 1
            expected[(slice(None),) * axis + (slice(unseen, None),)] = 0
        np.testing.assert_allclose(one, expected, atol=1e-12)


class Bright(nn.Module):
    """Unpadded convolutions that average, so that the layer is bright where the volume is; class 1 is brightness."""

    def __init__(self):
        super().__init__()
        first, second = (nn.Conv3d(1, 1, 5, bias=False) for _ in range(2))
        self.features = nn.Sequential(first, nn.ReLU(), nn.MaxPool3d(2), second, nn.ReLU())
        for weights in self.features.parameters():
            nn.init.constant_(weights, 1 / 125)

    def forward(self, volumes):
        score = self.features(volumes).flatten(1).mean(1)
        return torch.stack([-score, score], 1)


def cam_of_planted(corner, placement, method="grad_cam"):
    volume = planted((38, 46, 38), corner)
    return attribute(Bright(), volume, method, layer="features.4", target=1, placement=placement)[0, 0]


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "hires_cam"])
@pytest.mark.parametrize("corner", [(0, 0, 0), (33, 41, 33), (0, 41, 0)])
def test_a_cube_planted_at_the_border_lies_where_the_map_is_highest(corner, method):
    cam = cam_of_planted(corner, "field", method)
    cube = planted((38, 46, 38), corner)[0, 0] > 0
    assert cam[cube].min() > 0.99 * cam.max()


@pytest.mark.parametrize("corner", [(8, 8, 8), (25, 33, 25), (8, 33, 16)])
def test_a_cube_planted_near_the_border_is_found_where_a_stretched_map_misplaces_it(corner):
    def distance(placement):
        cam = cam_of_planted(corner, placement)
        return ((cam > 0.95 * cam.max()).nonzero().double().mean(0) - torch.tensor(corner) - 2).abs().max()

    assert distance("field") <= 1
    assert distance("stretch") > 2.5


class Crooked(nn.Module):
    """Functional pooling, one-sided padding, a crop, a skip and squeeze-and-excitation on the way to ``last``."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.gate = (
            nn.Conv3d(1, 2, 3, stride=2),
            nn.Conv3d(2, 2, 3, padding="same"),
            nn.Conv3d(2, 2, 1),
        )
        self.last = nn.ReLU()

    def forward(self, volumes):
        values = F.relu(self.first(F.pad(volumes, (3, 0, 2, 0, 1, 0))))
        values = values + self.second(values)
        values = values * torch.sigmoid(self.gate(F.adaptive_avg_pool3d(values, 1)))
        values = self.last(F.avg_pool3d(values[:, :, 1:], 2, 1))
        return values.mean((2, 3, 4))


def test_padding_crops_skips_and_functional_layers_move_cells_as_they_should():
    from voxplain.attribution.receptive_fields import receptive_fields

    fields = receptive_fields(Crooked().eval(), torch.randn(1, 1, 12, 13, 15), "last")
    # a 3-wide window centred one voxel in, less the pad, then half a cell of two voxels, and a crop of one cell
    assert fields.first == (1 - 1 + 1 + 2, 1 - 2 + 1, 1 - 3 + 1)
    assert fields.step == (2, 2, 2)
    assert fields.length == (9, 9, 9)


@pytest.mark.parametrize(
    "twist", [lambda v: v.flip(2), lambda v: v.transpose(2, 3), lambda v: F.interpolate(v, scale_factor=2)]
)
def test_cells_without_a_fixed_place_are_refused_by_name(twist):
    class Twisted(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.last = nn.Conv3d(1, 2, 3), nn.ReLU()

        def forward(self, volumes):
            return self.last(twist(self.conv(volumes))).mean((2, 3, 4))

    volume = torch.randn(1, 1, 6, 6, 6)
    with pytest.raises(UnsupportedModel, match='layer "last": its cells have no fixed place .*placement="stretch"'):
        attribute(Twisted(), volume, "grad_cam")
    assert attribute(Twisted(), volume, "grad_cam", placement="stretch").shape == volume.shape


def test_without_a_layer_it_takes_the_networks_own_or_the_last_with_spatial_axes(net, volumes):
    network = net()
    found = attribute(network, volumes(), "grad_cam", target=1)
    assert torch.equal(found, attribute(network, volumes(), "grad_cam", target=1, layer="again"))
    network.cam_layer = "norm1"
    named = attribute(network, volumes(), "grad_cam", target=1)
    assert torch.equal(named, attribute(network, volumes(), "grad_cam", target=1, layer="norm1"))
    # a shared ReLU runs twice, so that it cannot be meant
    shared = net("shared")
    found = attribute(shared, volumes(), "grad_cam", target=1)
    assert torch.equal(found, attribute(shared, volumes(), "grad_cam", target=1, layer="norm2"))


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"layer": "nrom1"}, SettingsError, 'no layer "nrom1" in Net; did you mean "norm1"'),
        ({"layer": "linear"}, UnsupportedModel, 'layer "linear" gives shape'),
        ({"layer": "block.0.0"}, UnsupportedModel, 'layer "block.0.0" runs 2 times'),
        ({"layer": "again"}, UnsupportedModel, 'layer "again" never runs'),
        ({"placement": "centre"}, SettingsError, "placement is 'centre'"),
    ],
)
def test_a_wrong_layer_is_refused_in_one_line(net, volumes, options, fault, words):
    with pytest.raises(fault, match=words) as refusal:
        attribute(net("shared"), volumes(), "grad_cam", **options)
    assert "\n" not in str(refusal.value)
