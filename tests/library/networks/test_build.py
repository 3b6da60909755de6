import logging

import numpy as np
import pytest
import torch

import voxplain.networks
from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.table import network_module, networks

# the smallest shape of each, and one voxel more here and there
SMALL = {
    "mrinet": (22, 26, 24),
    "adni_cnn": (78, 79, 80),
    "korolev_cnn": (124, 125, 124),
    "s500_cnn": (76, 77, 78),
    "small_elu": (71, 72, 73),
    "vox_cnn": (100, 101, 100),
    "vox_resnet": (49, 50, 51),
    "vox_resnet_cam": (1, 12, 13),
}
ONE_UNIT = ("korolev_cnn", "small_elu")
PUBLISHED = [
    ("mrinet", (58, 70, 58), {}, 322_818),
    ("adni_cnn", (193, 229, 193), {}, 737_026),
    ("vox_cnn", (110, 110, 110), {}, 375_210),
    ("vox_resnet", (110, 110, 110), {}, 3_205_026),
    ("vox_resnet_cam", (110, 110, 110), {}, 527_458),
    ("s500_cnn", (128, 128, 128), {"covariates": 1}, 635_052),
    ("s500_cnn", (128, 128, 128), {"covariates": 1, "classes": 4}, 635_312),
    ("s500_cnn", (128, 128, 128), {}, 635_050),
    ("korolev_cnn", (193, 229, 193), {}, 846_233),
    ("korolev_cnn", (193, 229, 193), {"classes": None}, 846_233),
    ("small_elu", (91, 109, 91), {}, 333_889),
]
ACTIVATIONS = (torch.nn.ReLU, torch.nn.ELU, torch.nn.RReLU)


def size(network):
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize(("name", "shape", "options", "parameters"), PUBLISHED)
def test_networks_have_as_many_parameters_as_published(name, shape, options, parameters):
    assert size(build(name, shape, **options)) == parameters


@pytest.mark.parametrize("name", SMALL)
def test_a_network_gives_one_row_of_logits_per_volume(name):
    shape = tuple(length + 7 for length in SMALL[name])
    network = build(name, shape, classes=3, width=2, channels=2).eval()
    logits = network(torch.randn(2, 2, *shape))
    assert logits.shape == (2, 3)
    assert not torch.allclose(logits.exp().sum(1), torch.ones(2), atol=1e-3), "probabilities instead of logits"


@pytest.mark.parametrize("name", SMALL)
def test_a_regression_has_one_output_with_a_slope(name):
    torch.manual_seed(1)
    network = build(name, SMALL[name], classes=None, width=2).eval()
    volumes = torch.rand(2, 1, *SMALL[name], requires_grad=True)
    amounts = network(volumes)
    assert amounts.shape == (2, 1)
    assert torch.autograd.grad(amounts.sum(), volumes)[0].any()


@pytest.mark.parametrize("name", ONE_UNIT)
def test_two_classes_on_one_unit_are_the_sigmoid_and_its_loss_is_binary_cross_entropy(name):
    torch.manual_seed(1)
    network = build(name, SMALL[name], width=1).eval()
    last = [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)][-1]
    values = []
    last.register_forward_hook(lambda layer, given, output: values.append(output[:, 0]))
    logits, labels = network(torch.randn(3, 1, *SMALL[name])), torch.tensor([0, 1, 1])
    torch.testing.assert_close(logits.softmax(1)[:, 1], values[0].sigmoid())
    torch.testing.assert_close(logits[:, 1] - logits[:, 0], values[0])
    torch.testing.assert_close(
        torch.nn.functional.cross_entropy(logits, labels),
        torch.nn.functional.binary_cross_entropy_with_logits(values[0], labels.float()),
    )


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"vox_resnet"}))
def test_the_layer_for_grad_cam_is_the_last_activation_of_the_features(name):
    network = build(name, SMALL[name], width=2)
    last = [key for key, layer in network.features.named_modules() if isinstance(layer, ACTIVATIONS)][-1]
    assert network.cam_layer == f"features.{last}"


def test_the_layer_for_grad_cam_of_the_residual_network_is_its_last_block_at_an_eighth_of_the_shape():
    network, shapes = build("vox_resnet", (110, 110, 110), width=1).eval(), []
    network.get_submodule(network.cam_layer).register_forward_hook(lambda *given: shapes.append(given[-1].shape))
    network(torch.zeros(1, 1, 110, 110, 110))
    assert shapes == [(1, 4, 14, 14, 14)]


@pytest.mark.parametrize("name", SMALL)
def test_every_activation_is_a_layer_of_its_own(name):
    network, calls = build(name, SMALL[name], width=2).eval(), []
    for layer in network.modules():
        if isinstance(layer, ACTIVATIONS):
            layer.register_forward_hook(lambda layer, given, output: calls.append(layer))
            assert not layer.inplace
    network(torch.zeros(1, 1, *SMALL[name]))
    assert calls and len(calls) == len(set(calls)), "one layer is used twice"
    assert set(calls) == {layer for layer in network.modules() if isinstance(layer, ACTIVATIONS)}


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_weights(name):
    def seeded(seed):
        torch.manual_seed(seed)
        return torch.cat([weights.flatten() for weights in build(name, SMALL[name], width=2).parameters()])

    assert torch.equal(seeded(3), seeded(3))
    assert not torch.equal(seeded(3), seeded(4))


def test_dropout_is_an_option_of_its_layer_alone():
    network = build("adni_cnn", SMALL["adni_cnn"], width=1, dropout=0.25, hidden_dropout=0.5)
    assert (network.classifier.dropout1.p, network.classifier.dropout2.p) == (0.25, 0.5)


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"vox_resnet_cam"}))
def test_one_voxel_less_than_the_smallest_shape_is_refused_and_the_smallest_runs(name):
    least = min(SMALL[name])
    build(name, (least,) * 3, width=1).eval()(torch.zeros(1, 1, least, least, least))
    with pytest.raises(SettingsError, match=f"needs at least {least} voxels an axis") as refusal:
        build(name, (least, least, least - 1))
    assert "\n" not in str(refusal.value)


def test_log_probabilities_are_those_of_the_logits_with_equal_weights():
    shape = SMALL["mrinet"]
    logits, published = build("mrinet", shape, width=2).eval(), build("mrinet", shape, width=2, log_softmax=True).eval()
    published.load_state_dict(logits.state_dict())
    volumes, labels = torch.randn(4, 1, *shape), torch.tensor([0, 1, 1, 0])
    torch.testing.assert_close(published(volumes).exp(), logits(volumes).softmax(1))
    losses = [torch.nn.functional.cross_entropy(network(volumes), labels) for network in (logits, published)]
    torch.testing.assert_close(*losses)
    torch.testing.assert_close(losses[0], torch.nn.functional.nll_loss(published(volumes), labels))


def test_a_covariate_changes_the_answer_of_the_network_that_takes_one_and_is_asked_for():
    shape = SMALL["s500_cnn"]
    network = build("s500_cnn", shape, classes=4, width=2, covariates=1).eval()
    volumes = torch.randn(2, 1, *shape)
    woman, man = (network(volumes, torch.full((2, 1), sex)) for sex in (1.0, 0.0))
    torch.testing.assert_close(woman - man, network.classifier.weight[:, -1].expand(2, 4))
    with pytest.raises(SettingsError, match="takes 1 covariates a scan, found none"):
        network(volumes)
    assert network.covariates == 1
    with pytest.raises(SettingsError, match="mrinet takes no covariates"):
        build("mrinet", SMALL["mrinet"], covariates=1)
    build("mrinet", SMALL["mrinet"], covariates=0)


def test_the_class_activation_map_and_the_bias_make_the_logit():
    torch.manual_seed(1)
    network, kept = build("vox_resnet_cam", (12, 14, 10), classes=3, width=2).eval(), []
    network.get_submodule(network.cam_layer).register_forward_hook(lambda *given: kept.append(given[-1]))
    logits = network(torch.randn(2, 1, 12, 14, 10))
    assert kept[0].shape == (2, 4, 6, 7, 5)
    maps = torch.einsum("ck,nkxyz->ncxyz", network.classifier.linear.weight, kept[0])
    torch.testing.assert_close(maps.mean((2, 3, 4)) + network.classifier.linear.bias, logits)


@pytest.mark.parametrize("name", ["vox_cnn", "vox_resnet", "vox_resnet_cam"])
def test_networks_of_lasagne_begin_with_its_uniform_weights(name):
    torch.manual_seed(1)
    network = build(name, (110, 110, 110))
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv3d | torch.nn.Linear):
            fans = sum(layer.weight.shape[:2]) * layer.weight[0, 0].numel()
            limit = (6 / fans) ** 0.5
            assert 0.9 * limit < layer.weight.abs().max() <= limit
            assert not layer.bias.any()
        if isinstance(layer, torch.nn.BatchNorm3d | torch.nn.BatchNorm1d):
            assert layer.eps == 1e-4


def test_a_batch_of_one_is_normed_by_what_is_known_and_larger_ones_as_torch_does():
    torch.manual_seed(1)
    norm = build("vox_cnn", SMALL["vox_cnn"], width=1).classifier.norm1.train()
    torchs, rows = torch.nn.BatchNorm1d(128, eps=1e-4).train(), torch.randn(5, 128)
    torch.testing.assert_close(norm(rows), torchs(rows))
    known = norm.running_mean.clone()
    torch.testing.assert_close(norm(rows[:1]), torchs.eval()(rows[:1]))
    assert torch.equal(norm.running_mean, known)
    assert norm.num_batches_tracked == torchs.num_batches_tracked == 1
    torch.testing.assert_close(norm.eval()(rows), torchs(rows))


@pytest.mark.parametrize("name", SMALL)
def test_every_weight_takes_part_in_training_of_repeatable_steps(name):
    def slopes():
        torch.manual_seed(1)
        network = build(name, SMALL[name], width=2).train()
        loss = torch.nn.functional.cross_entropy(network(torch.rand(2, 1, *SMALL[name])), torch.tensor([0, 1]))
        loss.backward()
        return {key: weights.grad for key, weights in network.named_parameters()}

    torch.use_deterministic_algorithms(True)
    try:
        once, again = slopes(), slopes()
    finally:
        torch.use_deterministic_algorithms(False)
    assert all(slope is not None and slope.isfinite().all() for slope in once.values())
    assert all(torch.equal(slope, again[key]) for key, slope in once.items())


def test_a_brain_that_is_partly_unseen_is_warned_of_and_one_that_is_seen_is_not(caplog):
    brain = np.zeros((91, 109, 91), bool)
    brain[10:70, 10:70, 10:70] = True
    with caplog.at_level(logging.WARNING):
        build("adni_cnn", brain.shape, width=1, brain=brain)
        assert not caplog.records
        brain[10:70, 70:80, 10:70] = True
        build("adni_cnn", brain.shape, width=1, brain=brain)
    # two of seventy planes lie behind 78
    assert [record.getMessage() for record in caplog.records] == [
        "adni_cnn does not see 2.9 % of the brain: of (91, 109, 91) voxels it sees 0 to 77 of x, 0 to 77 of y, "
        "0 to 77 of z; set network.rounding: ceil or network.padding: seen"
    ]


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("mrinett", (58, 70, 58), {}, 'unknown network "mrinett"; did you mean "mrinet"'),
        ("mrinet", (58, 70, 58), {"widht": 8}, 'unknown option "widht" of mrinet; did you mean "width"'),
        ("mrinet", (58, 70, 58), {"width": 0}, "width is 0"),
        ("mrinet", (58, 70, 58), {"width": "8"}, "width is '8'"),
        ("mrinet", (58, 70, 58), {"dropout": 1.0}, "dropout is 1.0"),
        ("mrinet", (58, 70, 58), {"classes": 0}, "classes is 0"),
        ("mrinet", (58, 70, 58), {"rounding": "up"}, "rounding is 'up'; use one of floor, ceil"),
        ("mrinet", (58, 70, 58), {"padding": "ceil"}, "padding is 'ceil'; use one of none, seen"),
        ("mrinet", (58, 70, 58), {"log_softmax": True, "classes": None}, "log_softmax is True"),
        ("mrinet", (58, 70), {}, "three axes"),
        ("mrinet", (58, 70, 58.5), {}, "input_shape is 58.5"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(name, shape, options, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        build(name, shape, **options)
    assert "\n" not in str(refusal.value)


def test_the_package_answers_with_its_names_when_called():
    assert voxplain.networks() == networks()
    assert set(SMALL) <= set(networks())


@pytest.mark.parametrize("name", SMALL)
def test_the_module_of_a_network_holds_no_other_network(name):
    assert network_module(name) == f"voxplain.networks.{name}"
