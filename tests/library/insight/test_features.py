import numpy as np
import pytest
import torch
from torch import nn

from tests.library.insight.little_memory import room_for
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.features import features, last_linear_layer, look
from voxplain.networks.build import build
from voxplain.networks.table import networks

SHAPES = {"vox_resnet_cam": (13, 14, 18), "mrinet": (24, 22, 26), "slab_cnn": (24, 9, 26), "sfcn": (33, 32, 34)}

OTHER_SHAPES = {
    "adni_cnn": (78, 79, 80),
    "korolev_cnn": (124, 125, 124),
    "monai_densenet": (37, 38, 39),
    "monai_resnet": (37, 38, 39),
    "s500_cnn": (76, 77, 78),
    "slab_resnet": (24, 9, 26),
    "small_elu": (71, 72, 73),
    "vae_age": (61, 62, 63),
    "vox_cnn": (100, 101, 100),
    "vox_resnet": (49, 50, 51),
}
SMALL = {"monai_densenet": {"width": 4, "growth": 2}, "monai_resnet": {"layers": 10}}


def made(n, shape, channels=1, seed=0):
    return torch.from_numpy(np.random.default_rng([seed, n]).normal(size=(n, channels, *shape)).astype(np.float32))


def untrained(name, **options):
    torch.manual_seed(3)
    return build(name, SHAPES[name], width=2, **options).eval()


class OneLinear(nn.Module):
    """A linear function of the voxels behind a normalisation that would move in training mode."""

    def __init__(self, cells, classes=2):
        super().__init__()
        self.norm, self.flat, self.head = nn.BatchNorm3d(1), nn.Flatten(), nn.Linear(cells, classes)

    def forward(self, volumes):
        return self.head(self.flat(self.norm(volumes)))


@pytest.mark.parametrize("name", SHAPES)
def test_the_last_layer_of_every_kind_of_head_makes_the_outputs_of_the_features(name):
    network, volumes = untrained(name, classes=3), made(5, SHAPES[name])
    last = network.get_submodule(last_linear_layer(network, volumes))
    found = features(network, volumes, batch=2)
    assert found.dtype == np.float32 and found.shape == (5, last.weight[0].numel())
    with torch.no_grad():
        expected = network(volumes).numpy()
    weight, bias = last.weight.detach().flatten(1).numpy(), last.bias.detach().numpy()
    np.testing.assert_allclose(found @ weight.T + bias, expected, atol=2e-5)


@pytest.mark.parametrize("layer", [None, "flat"])
def test_where_memory_runs_out_scans_are_looked_at_fewer_at_a_time_and_the_log_says_so(layer, caplog):
    network, volumes = OneLinear(4 * 5 * 6).eval(), made(7, (4, 5, 6))
    expected = look(network, volumes, layer, pooled=False)
    with room_for(network.norm, 2):
        found = look(network, volumes, layer, pooled=False)
    np.testing.assert_array_equal(found.features, expected.features)
    np.testing.assert_allclose(found.outputs, expected.outputs, rtol=1e-5)
    assert "out of memory with 7 passes at once; going on with 4" in caplog.text
    with room_for(network.norm, 0), pytest.raises(torch.OutOfMemoryError):
        look(network, volumes, layer)


def test_covariates_that_a_network_is_told_are_among_its_features():
    torch.manual_seed(0)
    network, told = build("s500_cnn", (76, 77, 78), width=2, covariates=1), torch.tensor([[0.0], [1.0], [0.5]])
    found = features(network, made(3, (76, 77, 78)), covariates=told)
    assert found.shape == (3, 129)
    np.testing.assert_array_equal(found[:, -1:], told.numpy())


def test_latents_of_a_variational_autoencoder_are_the_means_that_its_decoder_is_given():
    torch.manual_seed(0)
    network, volumes = build("vae_age", (61, 62, 63), width=1, latent=4, dropout=0.5), made(2, (61, 62, 63))
    network.train()
    seen = []
    handle = network.decoder.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    looked, again = look(network, volumes, batch=1), look(network, volumes)
    assert network.training and not seen
    with torch.no_grad():
        network.eval().reconstructed(volumes)
    handle.remove()
    np.testing.assert_allclose(looked.latents, seen[0].numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(looked.latents, again.latents, rtol=1e-4, atol=1e-5)
    assert looked.features.shape == (2, 128) and look(untrained("mrinet"), made(2, SHAPES["mrinet"])).latents is None


def test_features_do_not_depend_on_the_batch_and_leave_the_network_as_it_was():
    network, volumes = OneLinear(7 * 6 * 9), made(5, (7, 6, 9))
    network.norm.running_mean += 0.5
    network.norm.running_var *= 4
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    found = features(network, volumes, batch=2)
    np.testing.assert_allclose(found, ((volumes - 0.5) / (4 + 1e-5) ** 0.5).flatten(1).numpy(), atol=1e-6)
    np.testing.assert_array_equal(found, features(network, list(volumes), batch=5))
    assert network.training and not network.head._forward_pre_hooks
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_a_named_layer_gives_what_comes_out_of_it_its_cells_averaged_unless_all_are_asked_for():
    network, volumes = untrained("mrinet"), made(3, SHAPES["mrinet"])
    with torch.no_grad():
        cells = network.features(volumes)
    averaged = features(network, volumes, "features")
    np.testing.assert_allclose(averaged, cells.mean((2, 3, 4)).numpy(), atol=1e-6)
    np.testing.assert_allclose(features(network, volumes, "features", pooled=False), cells.flatten(1).numpy())
    with pytest.raises(SettingsError, match='no layer "featurs"'):
        features(network, volumes, "featurs")


def test_what_has_no_linear_end_is_refused_until_a_layer_is_named():
    network, volumes = nn.Sequential(nn.Conv3d(1, 2, 3), nn.AdaptiveAvgPool3d(1), nn.Flatten()), made(2, (7, 6, 9))
    with pytest.raises(UnsupportedModel, match='layer "0" is the last with weights and a convolution over'):
        features(network, volumes)
    assert features(network, volumes, "0").shape == (2, 2)
    shared = nn.Linear(9, 9)
    with pytest.raises(UnsupportedModel, match="runs several times"):
        features(nn.Sequential(shared, shared), volumes)
    with pytest.raises(UnsupportedModel, match="no layer with weights"):
        features(nn.Sequential(nn.Flatten(), nn.ReLU()), volumes)


def test_what_is_not_finite_and_nobody_at_all_are_said_in_a_line():
    network, volumes = OneLinear(7 * 6 * 9), made(3, (7, 6, 9))
    volumes[1, 0, 2, 3, 4] = torch.nan
    with pytest.raises(InputError, match="scan 1: .* not finite"):
        features(network, volumes)
    with pytest.raises(InputError, match="no scan to look at"):
        features(network, [])


@pytest.mark.slow
@pytest.mark.parametrize("name", networks())
def test_every_network_there_is_has_features_that_its_last_layer_makes_two_logits_of(name):
    shape = (SHAPES | OTHER_SHAPES)[name]
    torch.manual_seed(3)
    network, volumes = build(name, shape, **SMALL.get(name, {"width": 1})).eval(), made(2, shape)
    last = network.get_submodule(last_linear_layer(network, volumes))
    looked = look(network, volumes)
    weight, bias = last.weight.detach().flatten(1).numpy(), last.bias.detach().numpy()
    expected = looked.features @ weight.T + bias
    log_odds = expected[:, 0] if expected.shape[1] == 1 else expected[:, 1] - expected[:, 0]
    np.testing.assert_allclose(looked.outputs[:, 1] - looked.outputs[:, 0], log_odds, atol=1e-4)
