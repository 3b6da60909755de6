import pytest
import torch
from torch import nn
from torch.nn.functional import batch_norm, conv2d, cross_entropy, max_pool2d, relu

from voxplain.errors import SettingsError
from voxplain.networks.build import build

BOTH = ["slab_cnn", "slab_resnet"]


def made(name, shape=(22, 10, 24), classes=2, **options):
    torch.manual_seed(1)
    return build(name, shape, classes=classes, width=2, **options)


def as_images(network, volume, axis, depth, residual):
    """Logits (slabs, classes) by torch's 2-D layers on slabs that are cut out one by one."""
    slices = volume.movedim(1 + axis, 0)[:, 0]
    images = torch.stack([slices[start : start + depth] for start in range(0, len(slices) - depth + 1, depth)])
    layers, rest = network.features, [place + 2 for place in range(3) if place != axis]

    def convolved(layer, images, padding=0):
        weights = layer.weight.permute(0, 1, 2 + axis, *rest).flatten(1, 2)
        return conv2d(images, weights, layer.bias, padding=padding)

    def normed(layer, images):
        return batch_norm(images, layer.running_mean, layer.running_var, layer.weight, layer.bias, eps=layer.eps)

    images = convolved(layers.conv0, images, 1)
    for number in (1, 2, 3):
        images = convolved(getattr(layers, f"conv{number}"), images)
        if residual:
            add = getattr(layers, f"add{number}")
            images = images + normed(add.norm, convolved(add.conv, images, 1))
        else:
            images = normed(getattr(layers, f"norm{number}"), images)
        images = max_pool2d(relu(images), 2)
    return network.classifier.linear(images.flatten(1))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("depth", [3, 5])
@pytest.mark.parametrize("name", BOTH)
def test_each_slab_is_judged_as_a_2d_image_whose_channels_are_its_slices(name, depth, axis):
    shape = [24, 26, 25]
    shape[axis] = 11
    network = made(name, shape, axis=axis, depth=depth)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm3d):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    network.eval()
    volumes = torch.rand(2, 1, *shape)
    with torch.no_grad():
        expected = torch.stack([as_images(network, one, axis, depth, name == "slab_resnet") for one in volumes])
        assert expected.shape == (2, 11 // depth, 2)
        torch.testing.assert_close(network.slab_logits(volumes), expected)
        torch.testing.assert_close(network(volumes), expected.mean(1))


@pytest.mark.parametrize("name", BOTH)
def test_the_published_volume_has_23_slabs_of_three_and_14_of_five(name):
    for depth, slabs in ((3, 23), (5, 14)):
        with torch.device("meta"):
            network = build(name, (58, 70, 58), depth=depth)
        assert network.slabs == slabs and network.classifier.linear.in_features == 128 * 5 * 5


def test_the_slice_behind_the_last_whole_slab_is_not_seen():
    assert made("slab_cnn").seen[1] == [0, 9]


def test_votes_are_the_share_of_slabs_for_each_class():
    network = made("slab_cnn", (22, 12, 24), classes=3).eval()
    network.slab_logits = lambda volumes: torch.tensor(
        [[[2.0, 1, 0], [0, 1, 0], [0, 3, 0], [9, 0, 0]], [[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0]]]
    )
    assert network.votes(None).tolist() == [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]]


def test_a_regression_has_no_votes():
    network = made("slab_cnn", classes=None).eval()
    volumes = torch.rand(2, 1, 22, 10, 24)
    assert network(volumes).shape == (2, 1) and not hasattr(network, "votes")


@pytest.mark.parametrize("name", BOTH)
def test_in_training_slabs_are_samples_and_every_weight_takes_part(name):
    network, volumes, labels = made(name, dropout=0.0).train(), torch.rand(2, 1, 22, 10, 24), torch.tensor([0, 1])
    loss, logits = network.training_loss(volumes, labels, None, cross_entropy)
    each = network.slab_logits(volumes)
    one_by_one = [cross_entropy(each[scan, slab], labels[scan]) for scan in range(2) for slab in range(3)]
    torch.testing.assert_close(loss, torch.stack(one_by_one).mean())
    torch.testing.assert_close(logits, each.mean(1))
    loss.backward()
    weights = {key: value for key, value in network.named_parameters() if not key.endswith("bias")}
    assert all(value.grad.any() for value in weights.values())


@pytest.mark.parametrize("name", BOTH)
def test_every_activation_is_a_layer_of_its_own(name):
    network, calls = made(name).eval(), []
    for layer in network.modules():
        if isinstance(layer, nn.ReLU):
            layer.register_forward_hook(lambda layer, given, output: calls.append(layer))
    network(torch.zeros(1, 1, 22, 10, 24))
    assert len(calls) == len(set(calls)) == 3
    assert network.get_submodule(network.cam_layer) is calls[-1]


@pytest.mark.parametrize("name", BOTH)
def test_shapes_without_a_slab_or_with_too_small_ones_and_axes_that_are_none_are_refused(name):
    build(name, (22, 3, 22), width=1)
    for shape in ((22, 2, 22), (21, 3, 22)):
        with pytest.raises(SettingsError, match=f"{name}: input_shape .* is too small; it needs at least 3") as refusal:
            build(name, shape)
        assert "\n" not in str(refusal.value)
    with pytest.raises(SettingsError, match="axis is 3; use one of 0, 1, 2"):
        build(name, (22, 30, 22), axis=3)
