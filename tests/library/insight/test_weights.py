import io

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.kernels import kernel_sheet, strongest
from voxplain.insight.weights import all_weights, filter_weights, first_layer, layers_with_weights
from voxplain.networks.build import build

torch.set_num_threads(1)
SMALL = [("mrinet", (24, 22, 25)), ("sfcn", (33, 34, 35)), ("slab_cnn", (23, 9, 24)), ("vox_resnet_cam", (11, 12, 13))]


class Backwards(nn.Module):
    """Holds its layers in another order than it runs them."""

    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Linear(2, 2), nn.Conv3d(1, 2, 3)

    def forward(self, volumes):
        return self.last(self.first(volumes).mean((2, 3, 4)))


def test_the_weights_of_a_convolution_and_a_linear_layer_are_the_layers_own_numbers():
    network = build("mrinet", (24, 22, 25), width=2)
    weights = all_weights(network)
    assert list(weights) == ["features.conv1", "features.conv2", "features.conv3", "classifier.3"]
    for layer, values in weights.items():
        np.testing.assert_array_equal(values, network.state_dict()[f"{layer}.weight"].numpy())
    weights["features.conv1"][:] = 7
    assert not (filter_weights(network, "features.conv1") == 7).any(), "a copy, so that the network is safe"


@pytest.mark.parametrize("groups", [1, 2])
def test_a_filter_of_a_transposed_convolution_is_what_makes_one_output_channel(groups):
    torch.manual_seed(1)
    layer = nn.ConvTranspose3d(4, 6, (1, 2, 3), groups=groups, bias=False)
    weights = filter_weights(nn.Sequential(layer), "0")
    assert weights.shape == (6, 4 // groups, 1, 2, 3)
    for given in range(4):
        lit = torch.zeros(1, 4, 1, 1, 1)
        lit[0, given] = 1
        made = layer(lit)[0].detach().numpy()
        for place in range(6):
            inside = given // (4 // groups) == place // (6 // groups)
            expected = weights[place, given % (4 // groups)] if inside else np.zeros((1, 2, 3))
            np.testing.assert_allclose(made[place], expected, atol=1e-7)


def test_arrays_go_through_numpys_own_file_unchanged_and_with_the_same_bytes():
    weights = all_weights(build("mrinet", (24, 22, 25), width=2))
    first, second = io.BytesIO(), io.BytesIO()
    np.savez(first, **weights)
    np.savez(second, **weights)
    assert first.getvalue() == second.getvalue()
    with np.load(io.BytesIO(first.getvalue()), allow_pickle=False) as file:
        for layer, values in weights.items():
            np.testing.assert_array_equal(file[layer], values)


@pytest.mark.parametrize(("name", "shape"), SMALL)
def test_the_first_layer_is_the_one_that_has_the_volumes_channels_as_inputs(name, shape):
    network = build(name, shape, width=2, channels=3)
    found = first_layer(network, torch.zeros(2, 3, *shape))
    assert found == layers_with_weights(network)[0]
    assert filter_weights(network, found).shape[1] == 3


def test_the_first_layer_is_the_one_that_runs_first_not_the_one_held_first():
    network = Backwards().train()
    assert layers_with_weights(network)[0] == "last"
    assert first_layer(network, torch.zeros(1, 1, 4, 5, 6)) == "first"
    assert network.training and not network.first._forward_hooks


def test_every_weight_stands_once_in_the_sheet_where_it_belongs():
    weights = np.random.default_rng(1).normal(size=(3, 2, 4, 5, 6)).astype(np.float32)
    for axis, (count, wide, high) in enumerate([(4, 5, 6), (5, 4, 6), (6, 4, 5)]):
        sheet = kernel_sheet(weights, axis)
        assert sheet.shape == (6 * (high + 1) - 1, count * (wide + 1) - 1)
        assert np.array_equal(np.sort(sheet[np.isfinite(sheet)]), np.sort(weights.ravel()))
        for one, channel, place in np.ndindex(3, 2, count):
            image = np.take(weights[one, channel], place, axis)
            top, left = (2 * one + channel) * (high + 1), place * (wide + 1)
            for right, up in np.ndindex(wide, high):
                assert sheet[top + high - 1 - up, left + right] == image[right, up]


def test_kernels_of_two_axes_are_one_slice_each_and_chosen_filters_come_in_their_order():
    weights = np.arange(24, dtype=float).reshape(4, 1, 2, 3)
    sheet = kernel_sheet(weights, 2, [3, 1])
    assert sheet.shape == (7, 2)
    np.testing.assert_array_equal(sheet[:3], [[20, 23], [19, 22], [18, 21]])
    assert np.isnan(sheet[3]).all() and sheet[6, 0] == 6


def test_the_strongest_filters_are_those_of_the_largest_norm():
    weights = np.zeros((4, 1, 3, 3, 3), np.float32)
    weights[:, 0, 0, 0, 0] = [1, -5, 0, 3]
    weights[0, 0, 1] = 1.2
    norms = [np.linalg.norm(one) for one in weights.reshape(4, -1)]
    assert strongest(weights, 3) == sorted(range(4), key=lambda place: -norms[place])[:3] == [1, 0, 3]


def test_what_has_no_kernels_is_refused_in_a_line():
    with pytest.raises(UnsupportedModel, match="Sequential has no convolution"):
        all_weights(nn.Sequential(nn.ReLU()))
    with pytest.raises(UnsupportedModel, match="runs no convolution"):
        first_layer(nn.Sequential(nn.Flatten()), torch.zeros(1, 1, 2, 2, 2))
    with pytest.raises(UnsupportedModel, match='layer "1" is a ReLU'):
        filter_weights(nn.Sequential(nn.Conv3d(1, 1, 1), nn.ReLU()), "1")
    with pytest.raises(SettingsError, match='no layer "conv"'):
        filter_weights(nn.Sequential(nn.Conv3d(1, 1, 1)), "conv")
    with pytest.raises(InputError, match=r"shape \(2, 3\): kernels"):
        kernel_sheet(np.zeros((2, 3)))
    with pytest.raises(InputError, match="axis is 0, 1 or 2"):
        kernel_sheet(np.zeros((1, 1, 3, 3, 3)), 3)
