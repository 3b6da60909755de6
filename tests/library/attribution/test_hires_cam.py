import pytest
import torch
from torch import nn

from tests.library.attribution.conftest import settled
from voxplain.attribution.attribute import attribute
from voxplain.attribution.notes import notes
from voxplain.errors import SettingsError, UnsupportedModel


class OneLinear(nn.Module):
    """Convolution and ReLU, then one linear layer."""

    def __init__(self, axes, stride=1, padding=1, cells=7 * 6 * 9):
        super().__init__()
        self.convolution = {2: nn.Conv2d, 3: nn.Conv3d}[axes](1, 4, 3, stride=stride, padding=padding)
        self.relu = nn.ReLU()
        self.linear = nn.Linear(4 * cells, 3)

    def forward(self, volumes):
        return self.linear(self.relu(self.convolution(volumes)).flatten(1))


def logits_less_bias(network, volumes, classes):
    found = network(volumes) - network.linear.bias
    return found.detach().gather(1, torch.tensor(classes)[:, None])[:, 0]


@pytest.mark.parametrize(("axes", "cells"), [(2, 7 * 9), (3, 7 * 6 * 9)])
def test_before_one_linear_layer_the_sum_of_the_map_plus_the_bias_is_the_logit(volumes, axes, cells):
    network, batch, classes = settled(OneLinear(axes, cells=cells)), volumes(axes), [2, 0, 1]
    found = attribute(network, batch, "hires_cam", target=classes, score="logit")
    torch.testing.assert_close(found.flatten(1).sum(1), logits_less_bias(network, batch, classes))


@pytest.mark.parametrize("placement", ["field", "stretch"])
@pytest.mark.parametrize(("axes", "cells"), [(2, 3 * 4), (3, 3 * 2 * 4)])
def test_with_keep_sum_it_is_the_logit_also_when_cells_are_larger_than_voxels(volumes, axes, cells, placement):
    network, batch, classes = settled(OneLinear(axes, 2, 0, cells)), volumes(axes), [2, 0, 1]
    options = {"target": classes, "score": "logit", "placement": placement}
    found = attribute(network, batch, "hires_cam", keep="sum", **options)
    expected = logits_less_bias(network, batch, classes)
    torch.testing.assert_close(found.flatten(1).sum(1), expected)
    values = attribute(network, batch, "hires_cam", **options)
    assert ((values.flatten(1).sum(1) - expected).abs() > 1e-3).all()


@pytest.mark.parametrize("axes", [2, 3])
def test_of_the_volume_itself_it_is_the_gradient_times_the_volume(net, volumes, differs, axes):
    batch = volumes(axes, channels=2)
    network = nn.Sequential(nn.Identity(), net(axes=axes, channels=2))
    found = attribute(network, batch, "hires_cam", layer="0", target=1)
    product = attribute(net(axes=axes, channels=2), batch, "gradient", target=1) * batch
    assert differs(found, product.sum(1, keepdim=True).expand_as(batch)) < 1e-10


def test_its_cells_add_up_to_those_of_grad_cam_where_the_slopes_of_a_channel_are_equal(net, volumes, differs):
    # behind the mean over cells every cell of a channel has the same slope
    options = {"layer": "norm2", "target": 1, "relu": False}
    network = net(gap=True)
    network.again = nn.Identity()
    found = attribute(network, volumes(), "hires_cam", **options)
    assert differs(found, attribute(network, volumes(), "grad_cam", **options)) < 1e-10
    assert differs(*(attribute(net(), volumes(), one, **options) for one in ("hires_cam", "grad_cam"))) > 1e-2


def test_counterfactual_and_relu_turn_and_cut_it(net, volumes):
    plain, options = attribute(net(), volumes(), "hires_cam", target=1, placement="stretch"), {"target": 1}
    assert torch.equal(
        attribute(net(), volumes(), "hires_cam", counterfactual=True, placement="stretch", **options), -plain
    )
    assert (attribute(net(), volumes(), "hires_cam", relu=True, **options) >= 0).all()
    assert (plain < 0).any() and (plain > 0).any()


@pytest.mark.parametrize("counterfactual", [False, True])
def test_how_far_the_sum_misses_the_score_is_noted(net, volumes, counterfactual):
    exact = settled(OneLinear(3))
    with notes() as said:
        attribute(exact, volumes(), "hires_cam", target=1, score="logit", counterfactual=counterfactual)
    assert max(map(abs, said["completeness_error"])) < 1e-12 and said["layer"] == "relu"
    expected = logits_less_bias(exact, volumes(), [1] * 3)
    torch.testing.assert_close(torch.tensor(said["score_difference"], dtype=torch.float64), expected)
    deep, batch = net().eval(), volumes()
    with notes() as said:
        attribute(deep, batch, "hires_cam", layer="norm1", score="logit", relu=True, counterfactual=counterfactual)
    silent = torch.relu(deep.norm2(deep.conv2(torch.zeros(3, 4, 3, 3, 4).double())))
    logits, without = deep(batch).detach(), deep.linear(silent.flatten(1)).detach()
    predicted = logits.argmax(1, keepdim=True)
    expected = (logits - without).gather(1, predicted)[:, 0]
    torch.testing.assert_close(torch.tensor(said["score_difference"], dtype=torch.float64), expected)
    sums = attribute(deep, batch, "hires_cam", layer="norm1", score="logit").flatten(1).sum(1)
    error = torch.tensor(said["completeness_error"], dtype=torch.float64)
    torch.testing.assert_close(error, sums - expected)
    assert error.abs().min() > 1e-3


def test_of_several_layers_nothing_is_noted_but_their_names(net, volumes):
    with notes() as said:
        attribute(net(), volumes(), "hires_cam", layer=["norm1", "norm2"])
    assert said == {"layer": "norm1, norm2", "path": "lean graph"}


def test_float32_maps_differ_by_rounding_alone(net, volumes, differs):
    double = attribute(net(), volumes(), "hires_cam", target=1)
    assert differs(attribute(net().float(), volumes().float(), "hires_cam", target=1).double(), double) < 1e-2


def test_wrong_options_and_layers_are_refused_in_one_line(net, volumes):
    with pytest.raises(SettingsError, match="keep is 'mean'; use one of values, sum"):
        attribute(net(), volumes(), "hires_cam", keep="mean")
    with pytest.raises(UnsupportedModel, match='layer "linear" gives shape') as refusal:
        attribute(net(), volumes(), "hires_cam", layer="linear")
    assert "\n" not in str(refusal.value)
