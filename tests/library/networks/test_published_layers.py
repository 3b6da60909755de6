"""Each network against its published layers, written down once more, and the lengths of its axes on the way."""

import pytest
import torch
from torch import nn

from voxplain.networks.build import build

PUBLISHED = {
    "mrinet": "c32 n r p2 c64 n r p2 c128 n r p2 f d l",
    "adni_cnn": "c8 n r p2 c16 n r p3 c32 n r p2 c64 n r p3 f d l128 r d l64 r l",
    "vox_cnn": "c8 r c8 r p2 c16 r c16 r p2 c32 r c32 r c32 r p2 c64 r c64 r c64 r p2 f l128 r m d l64 r l",
    "korolev_cnn": "c8 r c8 r n p2 c16 r c16 r n p2 c32 r c32 r c32 r n p2 c64 r c64 r c64 r c64 r n p3 "
    "f l128 r d l64 r l",
    "small_elu": "c64 e p3 c64 e p3 c64 e c64 e p3 f l",
    "s500_cnn": "c4 n r d c8 n r p2 c8 n r d c16 n r p2 c16 n r d c32 n r p2 c32 n r d c64 n r p2 h128 y f l",
}
SMALLEST = {
    "mrinet": (22, 23, 24),
    "adni_cnn": (78, 79, 80),
    "vox_cnn": (100, 101, 100),
    "korolev_cnn": (124, 125, 124),
    "small_elu": (71, 72, 73),
    "s500_cnn": (76, 77, 78),
}
# the axes behind every layer that shortens them last, at the published shape
LENGTHS = {
    "mrinet": ((58, 70, 58), "MaxPool3d", [(28, 34, 28), (13, 16, 13), (5, 7, 5)]),
    "adni_cnn": ((193, 229, 193), "MaxPool3d", [(95, 113, 95), (31, 37, 31), (14, 17, 14), (4, 5, 4)]),
    "vox_cnn": ((110,) * 3, "MaxPool3d", [(53,) * 3, (24,) * 3, (9,) * 3, (1,) * 3]),
    "korolev_cnn": ((193, 229, 193), "MaxPool3d", [(94, 112, 94), (45, 54, 45), (19, 24, 19), (3, 5, 3)]),
    "small_elu": ((91, 109, 91), "MaxPool3d", [(29, 35, 29), (9, 11, 9), (1, 2, 1)]),
    "s500_cnn": ((128,) * 3, "MaxPool3d", [(62,) * 3, (29,) * 3, (12,) * 3, (4,) * 3]),
    "vox_resnet": ((110,) * 3, "VoxResBlock", [(55,) * 3] * 2 + [(28,) * 3] * 2 + [(14,) * 3] * 2),
    "vox_resnet_cam": ((110,) * 3, "VoxResBlock", [(55,) * 3] * 2),
}

# channels and cells of what Grad-CAM reads there: behind MriNet's third ReLU, behind VoxCNN's last convolution, behind
# the last block of VoxResNet, and behind its fourth ReLU where it is cut off there
READ = {"mrinet": (128, 11, 14, 11), "vox_cnn": (64, 3, 3, 3), "vox_resnet": (128, 14, 14, 14)}
READ |= {"vox_resnet_cam": (64, 55, 55, 55)}


# shares that are dropped in training, in the order of the layers; VAE-C's second half rebuilds the volume
DROPPED = {"mrinet": [0.5], "slab_cnn": [0.2], "slab_resnet": [0.2], "vox_cnn": [0.7], "vox_resnet": []}
DROPPED |= {"vox_resnet_cam": [], "adni_cnn": [0.8, 0.0], "korolev_cnn": [0.7], "small_elu": [], "s500_cnn": [0.3] * 4}
DROPPED |= {"vae_age": [0.2] * 4 + [0.2] * 4 + [0.0]}


def layer_of(word, shape, eps):
    """The layer that ``word`` means, a letter and a number where there is one, on values of ``shape``."""
    letter, number, width = word[0], int(word[1:] or 2), shape[1]
    return {
        "c": lambda: nn.Conv3d(width, number, 3),
        "h": lambda: nn.Conv3d(width, number, shape[2:]),
        "n": lambda: nn.BatchNorm3d(width),
        "m": lambda: nn.BatchNorm1d(width, eps),
        "r": nn.ReLU,
        "e": nn.ELU,
        "y": nn.RReLU,
        "p": lambda: nn.MaxPool3d(number),
        "f": nn.Flatten,
        "d": nn.Dropout,
        "l": lambda: nn.Linear(width, number),
    }[letter]()


def chain(words, shape, eps):
    """The layers of ``words`` for a volume of ``shape``."""
    layers, values = [], torch.zeros(1, 1, *shape)
    for word in words.split():
        layers.append(layer_of(word, values.shape, eps).eval())
        values = layers[-1](values)
    return nn.Sequential(*layers)


def shaken(network):
    """``network`` with random weights and statistics, so that no layer is the identity."""
    for name, values in network.state_dict().items():
        if "running_var" in name:
            values.uniform_(0.5, 1.5)
        elif values.is_floating_point():
            # as large behind a layer as before it
            values.normal_(0, (2 / values[0].numel()) ** 0.5 if values.dim() > 1 else 0.3)
            values += 1 if values.dim() == 1 and name.endswith("weight") else 0
    return network.eval()


def apart(shape):
    """Two volumes that differ in more than noise."""
    volumes = torch.rand(2, 1, *shape)
    volumes[1] += torch.linspace(0, 4, shape[-1])
    return volumes


@pytest.mark.parametrize("name", READ)
def test_what_grad_cam_reads_has_the_published_shape(name):
    shape, found = LENGTHS[name][0], []
    with torch.device("meta"):
        network = build(name, shape).eval()
        network.get_submodule(network.cam_layer).register_forward_hook(lambda *given: found.append(given[-1].shape[1:]))
        network(torch.empty(1, 1, *shape))
    assert found == [READ[name]]


@pytest.mark.parametrize("name", DROPPED)
def test_a_network_drops_the_published_shares(name):
    with torch.device("meta"):
        network = build(name, (128, 128, 128))
    found = [layer for layer in network.modules() if isinstance(layer, nn.Dropout | nn.Dropout3d)]
    assert [layer.p for layer in found] == DROPPED[name]
    whole_channels = name in ("s500_cnn", "vae_age")
    assert all(isinstance(layer, nn.Dropout3d) == whole_channels for layer in found)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_does_what_its_published_layers_do(name):
    torch.manual_seed(1)
    options = {"rounding": "floor"} | ({"covariates": 1} if name == "s500_cnn" else {})
    # three classes, so that those of one unit have a row for each
    network = shaken(build(name, SMALLEST[name], classes=3, **options))
    published = chain(PUBLISHED[name][:-1] + "l3", SMALLEST[name], eps=1e-4)
    volumes, sex, given = apart(SMALLEST[name]), torch.tensor([[1.0], [0.0]]), []
    weights = list(network.state_dict().values())
    if name == "s500_cnn":
        # sex stands beside the 128 values that the last linear layer is given
        beside = weights[-2][:, 128:] @ sex.T
        weights[-2] = weights[-2][:, :128]
        given = [sex]
    state = dict(zip(published.state_dict(), weights, strict=True))
    published.load_state_dict(state)
    with torch.no_grad():
        expected = published(volumes) + (beside.T if given else 0)
        assert (expected[0] - expected[1]).abs().max() > 1e-2, "nothing to compare"
        torch.testing.assert_close(network(volumes, *given), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", LENGTHS)
def test_axes_have_their_published_lengths_on_the_way(name):
    shape, kind, lengths = LENGTHS[name]
    found = []
    with torch.device("meta"):
        network = build(name, shape).eval()
        for layer in network.modules():
            if type(layer).__name__ == kind:
                layer.register_forward_hook(lambda layer, given, output: found.append(tuple(output.shape[2:])))
        network(torch.empty(1, 1, *shape))
    assert found == lengths


def test_the_residual_network_is_its_published_layers():
    torch.manual_seed(1)
    network = shaken(build("vox_resnet", (49, 50, 51), width=4))
    state, volumes = list(network.state_dict().items()), apart((49, 50, 51))
    place = 0

    def layer():
        # weights and bias, and for batch norm its statistics and counter
        nonlocal place
        size = 5 if place + 2 < len(state) and "running_mean" in state[place + 2][0] else 2
        place += size
        return [tensor for _, tensor in state[place - size : place]]

    def conv(values, stride=1):
        return nn.functional.conv3d(values, *layer(), stride=stride, padding=1)

    def norm_relu(values):
        weight, bias, mean, variance, _ = layer()
        return nn.functional.batch_norm(values, mean, variance, weight, bias, eps=1e-4).relu()

    def block(values):
        return values + conv(norm_relu(conv(norm_relu(values))))

    with torch.no_grad():
        values = norm_relu(conv(norm_relu(conv(volumes))))
        values = block(block(conv(values, stride=2)))
        values = block(block(conv(norm_relu(values), stride=2)))
        values = block(block(conv(norm_relu(values), stride=2)))
        values = nn.functional.max_pool3d(values, 7).flatten(1)
        expected = nn.functional.linear(nn.functional.linear(values, *layer()).relu(), *layer())
        assert place == len(state) and (expected[0] - expected[1]).abs().max() > 1e-2
        torch.testing.assert_close(network(volumes), expected, rtol=1e-4, atol=1e-4)
