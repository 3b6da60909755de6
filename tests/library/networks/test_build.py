import pytest
import torch

import voxplain.networks
from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.table import network_module, networks

SMALL = {"mrinet": (22, 26, 24), "adni_cnn": (78, 79, 80)}


def size(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize(
    ("name", "shape", "parameters"),
    [("mrinet", (58, 70, 58), 322_818), ("adni_cnn", (193, 229, 193), 737_026)],
)
def test_networks_have_as_many_parameters_as_published(name, shape, parameters):
    assert size(build(name, shape)) == parameters


@pytest.mark.parametrize("name", networks())
def test_a_network_gives_one_row_of_logits_per_volume(name):
    network = build(name, SMALL[name], classes=3, width=2, channels=2).eval()
    logits = network(torch.randn(2, 2, *SMALL[name]))
    assert logits.shape == (2, 3)
    assert not torch.allclose(logits.exp().sum(1), torch.ones(2), atol=1e-3), "probabilities instead of logits"


@pytest.mark.parametrize("name", networks())
def test_the_layer_for_grad_cam_is_the_last_activation_with_spatial_axes(name):
    network = build(name, SMALL[name], width=2)
    last = [key for key, layer in network.features.named_children() if isinstance(layer, torch.nn.ReLU)][-1]
    assert network.cam_layer == f"features.{last}"
    assert isinstance(network.get_submodule(network.cam_layer), torch.nn.ReLU)


@pytest.mark.parametrize("name", networks())
def test_the_same_seed_gives_the_same_weights(name):
    def seeded(seed):
        torch.manual_seed(seed)
        return torch.cat([weights.flatten() for weights in build(name, SMALL[name], width=2).parameters()])

    assert torch.equal(seeded(3), seeded(3))
    assert not torch.equal(seeded(3), seeded(4))


def test_dropout_is_an_option_of_its_layer_alone():
    network = build("adni_cnn", SMALL["adni_cnn"], width=1, dropout=0.25, hidden_dropout=0.5)
    assert (network.classifier.dropout1.p, network.classifier.dropout2.p) == (0.25, 0.5)


@pytest.mark.parametrize("name", networks())
def test_one_voxel_less_than_the_smallest_shape_is_refused_and_the_smallest_runs(name):
    least = min(SMALL[name])
    build(name, (least,) * 3, width=1).eval()(torch.zeros(1, 1, least, least, least))
    with pytest.raises(SettingsError, match=f"needs at least {least} voxels an axis") as refusal:
        build(name, (least, least, least - 1))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("mrinett", (58, 70, 58), {}, 'unknown network "mrinett"; did you mean "mrinet"'),
        ("mrinet", (58, 70, 58), {"widht": 8}, 'unknown option "widht" of mrinet; did you mean "width"'),
        ("mrinet", (58, 70, 58), {"width": 0}, "width is 0"),
        ("mrinet", (58, 70, 58), {"width": "8"}, "width is '8'"),
        ("mrinet", (58, 70, 58), {"dropout": 1.0}, "dropout is 1.0"),
        ("mrinet", (58, 70, 58), {"classes": 0}, "classes is 0"),
        ("mrinet", (58, 70), {}, "three axes"),
        ("mrinet", (58, 70, 58.5), {}, "input_shape is 58.5"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(name, shape, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        build(name, shape, **options)
    assert "\n" not in str(refusal.value)


def test_the_package_answers_with_its_names_when_called():
    assert voxplain.networks() == networks() == ["adni_cnn", "mrinet"]


def test_the_module_of_a_network_holds_no_other_network():
    assert network_module("mrinet") == "voxplain.networks.mrinet"
    assert network_module("adni_cnn") == "voxplain.networks.adni_cnn"
