"""SFCN and the networks of MONAI."""

import pytest
import torch
from torch import nn

from voxplain.errors import SettingsError
from voxplain.networks.build import build

SHAPES = {"sfcn": (32, 33, 34), "monai_densenet": (32, 33, 34), "monai_resnet": (32, 33, 34)}


@pytest.mark.parametrize(("classes", "parameters"), [(40, 2_952_936), (None, 2_950_401)])
def test_the_network_of_brain_age_has_as_many_parameters_as_published(classes, parameters):
    with torch.device("meta"):
        network = build("sfcn", (160, 192, 160), classes=classes)
    assert sum(weights.numel() for weights in network.parameters()) == parameters


def test_the_network_of_brain_age_is_its_published_chain_of_operations():
    torch.manual_seed(1)
    network = build("sfcn", SHAPES["sfcn"], classes=3, width=2).eval()
    volumes = values = torch.rand(2, 1, *SHAPES["sfcn"])
    layers = network.features
    with torch.no_grad():
        for number in range(1, 6):
            conv, norm = getattr(layers, f"conv{number}"), getattr(layers, f"norm{number}")
            values = norm(nn.functional.conv3d(values, conv.weight, conv.bias, padding=1))
            values = torch.relu(nn.functional.max_pool3d(values, 2))
        values = torch.relu(layers.norm6(layers.conv6(values))).mean((2, 3, 4))
        expected = values @ network.classifier.conv.weight[:, :, 0, 0, 0].T + network.classifier.conv.bias
        torch.testing.assert_close(network(volumes), expected)


def monais(name, classes):
    from monai.networks.nets import DenseNet121, ResNet

    if name == "monai_densenet":
        return DenseNet121(3, 1, classes)
    return ResNet("basic", [2, 2, 2, 2], [64, 128, 256, 512], n_input_channels=1, conv1_t_stride=2, num_classes=classes)


@pytest.mark.parametrize("name", ["monai_densenet", "monai_resnet"])
def test_wrapped_networks_give_what_monais_own_give_with_the_same_weights(name):
    torch.manual_seed(1)
    network, theirs = build(name, SHAPES[name], classes=3).eval(), monais(name, 3).eval()
    own, given = theirs.state_dict(), network.state_dict()
    assert [value.shape for value in given.values()] == [value.shape for value in own.values()]
    theirs.load_state_dict(dict(zip(own, given.values(), strict=True)))
    volumes = torch.rand(2, 1, *SHAPES[name])
    with torch.no_grad():
        torch.testing.assert_close(network(volumes), theirs(volumes))


@pytest.mark.parametrize("name", SHAPES)
def test_a_network_gives_one_row_of_logits_per_volume_and_one_value_of_a_regression(name):
    volumes = torch.rand(2, 2, *SHAPES[name])
    for classes, columns in ((4, 4), (None, 1)):
        network = build(name, SHAPES[name], classes=classes, width=4, channels=2).eval()
        assert network(volumes).shape == (2, columns)


@pytest.mark.parametrize("name", SHAPES)
def test_every_activation_is_a_layer_of_its_own_and_changes_nothing_in_place(name):
    network, calls = build(name, SHAPES[name], width=4).eval(), []
    for layer in network.modules():
        if isinstance(layer, nn.ReLU):
            assert not layer.inplace
            layer.register_forward_hook(lambda layer, given, output: calls.append(layer))
    network(torch.zeros(1, 1, *SHAPES[name]))
    assert calls and len(calls) == len(set(calls)) == sum(isinstance(layer, nn.ReLU) for layer in network.modules())
    network.get_submodule(network.cam_layer)


@pytest.mark.parametrize("name", SHAPES)
def test_every_weight_takes_part_in_training(name):
    torch.manual_seed(1)
    network = build(name, SHAPES[name], width=4).train()
    volumes = torch.rand(3, 1, *SHAPES[name])
    nn.functional.cross_entropy(network(volumes), torch.tensor([0, 1, 1])).backward()
    weights = {key: value for key, value in network.named_parameters() if not key.endswith("bias")}
    assert [key for key, value in weights.items() if not value.grad.any()] == []


@pytest.mark.parametrize(("name", "shape", "least"), [("sfcn", (32, 31, 32), 32), ("monai_densenet", (29, 28, 29), 29)])
def test_one_voxel_less_than_the_smallest_shape_is_refused(name, shape, least):
    with pytest.raises(SettingsError, match=f"{name}: .* needs at least {least} voxels an axis"):
        build(name, shape)


def test_depths_that_are_none_are_refused():
    with pytest.raises(SettingsError, match="layers is 20; use one of 10, 18, 34"):
        build("monai_resnet", SHAPES["monai_resnet"], layers=20)
    with pytest.raises(SettingsError, match="layers is 100; use one of 121"):
        build("monai_densenet", SHAPES["monai_densenet"], layers=100)
