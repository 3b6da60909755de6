import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.library.attribution.conftest import settled
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError, UnsupportedModel

ENDS = ["module", "mean", "flat", "pool", "convolution", "matrix"]


class Gap(nn.Module):
    """Convolutions, the mean over cells written in the way ``end``, and a linear layer; ``stride`` of the second."""

    def __init__(self, end="module", axes=3, stride=1, classes=3):
        super().__init__()
        convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes]
        self.first = convolution(1, 4, 3, padding=1)
        self.second = convolution(4, 5, 3, stride=stride, padding=1)
        self.relu, self.dropout, self.end, self.axes = nn.ReLU(), nn.Dropout(0.5), end, axes
        self.linear = nn.Linear(5, classes)
        self.one = convolution(5, classes, 1)

    def cells(self, volumes):
        return self.relu(self.second(F.relu(self.first(volumes))))

    def forward(self, volumes):
        cells = self.cells(volumes)
        spatial = tuple(range(2, cells.dim()))
        average = {2: F.avg_pool2d, 3: F.avg_pool3d}[self.axes]
        adaptive = {2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}[self.axes]
        if self.end == "fully":
            return self.one(cells).mean(spatial)
        if self.end == "convolution":
            return self.one(adaptive(cells, 1)).flatten(1)
        if self.end == "matrix":
            return cells.mean(spatial) @ self.linear.weight.T + self.linear.bias
        means = {
            "module": lambda: adaptive(cells, 1).flatten(1),
            "mean": lambda: cells.mean(spatial),
            "flat": lambda: cells.flatten(2).mean(-1),
            "pool": lambda: average(cells, cells.shape[2:]).squeeze(-1).squeeze(-1).view(len(cells), -1),
        }[self.end]()
        return self.linear(self.dropout(means))


def gap(*args, **options):
    network = settled(Gap(*args, **options))
    with torch.no_grad():
        network.one.weight.copy_(network.linear.weight.view_as(network.one.weight))
        network.one.bias.copy_(network.linear.bias)
    return network.eval()


def by_hand(network, volumes, classes):
    """sum_k w_k A_k and the bias of each volume's class."""
    with torch.no_grad():
        cells = network.eval().cells(volumes)
    return [
        sum(w * one for w, one in zip(network.linear.weight[label].detach(), held, strict=True))
        for held, label in zip(cells, classes, strict=True)
    ], network.linear.bias[list(classes)].detach()


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("end", ENDS)
def test_the_mean_of_the_map_plus_the_bias_is_the_logit_however_the_end_is_written(volumes, differs, end, axes):
    network, batch = gap(end, axes), volumes(axes)
    with notes() as said:
        found = attribute(network, batch, "cam", target=[2, 0, 1], score="logit")
    maps, bias = by_hand(network, batch, [2, 0, 1])
    assert differs(found[:, 0], torch.stack(maps)) < 1e-10
    logits = network(batch).gather(1, torch.tensor([[2], [0], [1]]))[:, 0].detach()
    torch.testing.assert_close(found.flatten(1).mean(1) + bias, logits)
    torch.testing.assert_close(torch.tensor(said["bias"], dtype=torch.float64), bias)


def test_of_a_fully_convolutional_network_it_is_the_map_of_the_class_itself(volumes, differs):
    network, batch = gap("fully"), volumes()
    found = attribute(network, batch, "cam", target=2)
    assert differs(found[:, 0], network.one(network.cells(batch))[:, 2].detach()) < 1e-10
    torch.testing.assert_close(found.flatten(1).mean(1), network(batch)[:, 2].detach())


@pytest.mark.parametrize("placement", ["field", "stretch"])
@pytest.mark.parametrize("axes", [2, 3])
def test_with_keep_mean_it_is_the_logit_also_when_cells_are_larger_than_voxels(volumes, axes, placement):
    network, batch = gap("module", axes, stride=2), volumes(axes)
    found = attribute(network, batch, "cam", target=1, score="logit", keep="mean", placement=placement)
    logits = network(batch)[:, 1].detach()
    torch.testing.assert_close(found.flatten(1).mean(1) + network.linear.bias[1].detach(), logits)
    values = attribute(network, batch, "cam", target=1, score="logit", placement=placement)
    assert ((values.flatten(1).mean(1) + network.linear.bias[1] - logits).abs() > 1e-4).any()


@pytest.mark.parametrize("stride", [1, 2])
def test_it_is_grad_cam_without_relu_times_the_number_of_cells(volumes, differs, stride):
    network, batch = gap("mean", stride=stride), volumes()
    found = attribute(network, batch, "cam", target=1, score="logit")
    peer = attribute(network, batch, "grad_cam", layer="relu", target=1, score="logit", relu=False)
    assert differs(found, network.cells(batch)[0, 0].numel() * peer) < 1e-10


def test_two_classes_are_told_apart_by_the_difference_of_their_weights(volumes, differs):
    network, batch = gap(classes=2), volumes()
    first, second = (attribute(network, batch, "cam", target=at, score="logit") for at in (0, 1))
    assert differs(attribute(network, batch, "cam", target=1), second - first) < 1e-10
    logits = network(batch).detach()
    predicted = attribute(network, batch, "cam", score="logit")
    assert torch.equal(predicted, attribute(network, batch, "cam", score="logit", target=logits.argmax(1)))
    against = attribute(network, batch, "cam", target=1, counterfactual=True, relu=True)
    torch.testing.assert_close(against, (first - second).relu())


class Residual(nn.Module):
    """The front of a residual network as it is cut for this map: one halving, a block, norm, ReLU, mean, linear."""

    def __init__(self):
        super().__init__()
        self.halved = nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2))
        self.block = nn.Sequential(nn.BatchNorm3d(4), nn.ReLU(), nn.Conv3d(4, 4, 3, padding=1))
        self.norm, self.relu, self.linear = nn.BatchNorm3d(4), nn.ReLU(inplace=True), nn.Linear(4, 2)

    def forward(self, volumes):
        values = self.halved(volumes)
        cells = self.relu(self.norm(values + self.block(values)))
        return self.linear(F.adaptive_avg_pool3d(cells, (1, 1, 1)).view(len(volumes), -1))


def test_a_map_stretched_by_a_whole_number_keeps_its_mean_as_it_is():
    volumes = torch.randn(3, 1, 14, 12, 18, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    network = settled(Residual()).eval()
    found = attribute(network, volumes, "cam", target=1, placement="stretch")
    logits = network(volumes).detach()
    bias = (network.linear.bias[1] - network.linear.bias[0]).detach()
    torch.testing.assert_close(found.flatten(1).mean(1) + bias, logits[:, 1] - logits[:, 0])


@pytest.mark.parametrize("corner", [(0, 0, 0), (17, 21, 25), (0, 21, 0)])
def test_a_cube_planted_at_the_border_lies_where_the_map_is_highest(corner):
    class Unpadded(nn.Module):
        """Averaging convolutions without padding, which a stretched map would shift; class 0 is brightness."""

        def __init__(self):
            super().__init__()
            self.front = nn.Sequential(nn.Conv3d(1, 1, 5, bias=False), nn.MaxPool3d(2), nn.Conv3d(1, 1, 3, bias=False))
            for weights in self.front.parameters():
                nn.init.constant_(weights, 1 / weights.numel())

        def forward(self, volumes):
            return self.front(volumes).mean((2, 3, 4))

    volume = torch.zeros(1, 1, 22, 26, 30)
    volume[(0, 0, *(slice(start, start + 5) for start in corner))] = 1
    found = attribute(Unpadded(), volume, "cam")[0, 0]
    assert found[volume[0, 0] > 0].min() > 0.99 * found.max() > 0


class Excited(Gap):
    """Squeeze and excitation on the way, whose means are not the last one."""

    def cells(self, volumes):
        values = super().cells(volumes)
        return values * torch.sigmoid(self.one(F.adaptive_avg_pool3d(values, 1)))


def test_means_on_the_way_do_not_count(volumes, differs):
    network, batch = settled(Excited(classes=5)), volumes()
    maps, bias = by_hand(network, batch, [1, 1, 4])
    found = attribute(network, batch, "cam", target=[1, 1, 4])
    assert differs(found[:, 0], torch.stack(maps)) < 1e-10
    logits = network(batch).detach()[torch.arange(3), torch.tensor([1, 1, 4])]
    torch.testing.assert_close(found.flatten(1).mean(1) + bias, logits)


class End(Gap):
    """Another end than the mean and one linear layer."""

    def __init__(self, twist):
        super().__init__()
        self.twist, self.hidden, self.last = twist, nn.Linear(5, 5), nn.Linear(5, 2)
        self.flat = nn.Linear(5 * 7 * 6 * 9, 2)

    def forward(self, volumes):
        cells = self.cells(volumes)
        means = cells.mean((2, 3, 4))
        return {
            "hidden": lambda: self.last(self.relu(self.hidden(means))),
            "two": lambda: self.last(self.hidden(means)),
            "relu": lambda: self.last(self.relu(means)),
            "softmax": lambda: self.last(means).softmax(1),
            "swapped": lambda: self.last(means.flip(1)),
            "product": lambda: self.last(means * means),
            "square": lambda: means @ means,
            "flat": lambda: self.flat(cells.flatten(1)),
            "max": lambda: self.last(cells.amax((2, 3, 4))),
            "part": lambda: self.last(cells.mean((2, 3))[:, :, 0]),
            # five places, as many as there are channels
            "channels": lambda: self.last(cells[..., :5].mean((1, 2, 3))),
            "pool": lambda: self.last(F.avg_pool3d(cells, (6, 6, 9)).flatten(1)),
            "padded": lambda: self.last(F.avg_pool3d(cells, (7, 6, 9), padding=(1, 0, 0)).flatten(1)[:, :5]),
            "joined": lambda: self.last(torch.cat([means[:, :3], means[:, 3:]], 1)),
            "skip": lambda: self.last(means) + self.flat(cells.flatten(1)),
        }[self.twist]()


@pytest.mark.parametrize(
    ("twist", "words"),
    [
        ("hidden", 'runs relu in layer "relu" behind the mean over all cells'),
        ("two", 'runs addmm in layer "last" behind the mean over all cells'),
        ("relu", 'runs relu in layer "relu"'),
        ("softmax", 'runs _softmax in layer "the network itself"'),
        ("swapped", "runs flip"),
        ("product", "runs mul"),
        ("square", "runs mm"),
        ("flat", "takes no mean over all cells of a layer"),
        ("max", "takes no mean"),
        ("part", "takes no mean"),
        ("channels", "takes no mean"),
        ("pool", "takes no mean"),
        ("padded", "takes no mean"),
        ("joined", "runs slice"),
        ("skip", "runs add"),
    ],
)
def test_another_end_is_refused_and_what_breaks_it_is_named(volumes, twist, words):
    with pytest.raises(UnsupportedModel, match=words) as refusal:
        # as many volumes as channels, so that their means can be multiplied by each other
        attribute(settled(End(twist)), volumes(batch=5), "cam")
    assert "\n" not in str(refusal.value) and "grad_cam" in str(refusal.value)


def test_cells_without_a_fixed_place_are_stretched_or_refused(volumes, differs):
    class Turned(Gap):
        def cells(self, values):
            return super().cells(values).flip(2)

    network, batch = settled(Turned("mean")), volumes()
    with pytest.raises(UnsupportedModel, match='no fixed place; use placement="stretch"'):
        attribute(network, batch, "cam", target=0)
    maps, _ = by_hand(network, batch, [0] * 3)
    found = attribute(network, batch, "cam", target=0, placement="stretch")
    assert differs(found[:, 0], torch.stack(maps)) < 1e-10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"score": "probability"}, 'score is "probability", which is not linear'),
        ({"score": "log_odds"}, 'score is "log_odds", which is not linear'),
        ({"target": ("first", 0, (1, 1, 1))}, "cam explains a class"),
        ({"target": 3}, "target is 3, but the network has 3 outputs"),
        ({"keep": "sum"}, "keep is 'sum'; use one of values, mean"),
        ({"placement": "middle"}, "placement is 'middle'"),
    ],
)
def test_what_it_cannot_explain_is_refused_in_one_line(volumes, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        attribute(gap(), volumes(), "cam", **options)
    assert "\n" not in str(refusal.value)


def test_a_zero_map_stays_zero(volumes):
    network = gap(stride=2)
    with torch.no_grad():
        network.linear.weight.zero_()
    for options in ({}, {"keep": "mean"}, {"mask": "nonzero"}, {"relu": True}):
        assert (attribute(network, volumes(), "cam", **options) == 0).all()


def test_float32_maps_differ_by_rounding_alone(volumes, differs):
    double = attribute(gap(stride=2), volumes(), "cam", target=1)
    single = attribute(gap(stride=2).float(), volumes().float(), "cam", target=1)
    assert differs(single.double(), double) < 1e-5
