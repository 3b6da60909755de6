import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import (
    batch_norm,
    conv3d,
    conv_transpose3d,
    cross_entropy,
    leaky_relu,
    linear,
    mse_loss,
)

from voxplain.errors import SettingsError
from voxplain.networks.build import build
from voxplain.networks.vae_age import divergence

# the smallest length of an axis, and others that leave other cells
SHAPE = (61, 64, 62)


def made(classes=2, **options):
    torch.manual_seed(1)
    return build("vae_age", SHAPE, classes=classes, width=1, latent=3, **options)


@pytest.mark.parametrize(("classes", "parameters"), [(2, 2_376_668), (4, 2_377_220)])
def test_it_has_as_many_parameters_as_published(classes, parameters):
    with torch.device("meta"):
        network = build("vae_age", (128, 128, 128), classes=classes, covariates=1)
    assert sum(weights.numel() for weights in network.parameters()) == parameters


def test_the_published_shape_goes_through_the_published_lengths_and_comes_back():
    network, lengths = build("vae_age", (128, 128, 128), width=1).eval(), []
    convolutions = (torch.nn.Conv3d, torch.nn.ConvTranspose3d)
    for layer in network.modules():
        if isinstance(layer, convolutions):
            layer.register_forward_hook(lambda layer, given, output: lengths.append(tuple(output.shape[2:])))
    with torch.no_grad():
        assert network.reconstructed(torch.zeros(1, 1, 128, 128, 128)).shape == (1, 1, 128, 128, 128)
    assert lengths == [(n, n, n) for n in (62, 29, 13, 6, 1, 5, 13, 29, 61, 125, 128)]


def test_it_does_what_its_published_layers_do():
    network = made(classes=3, covariates=1).eval()
    state = network.state_dict()
    for name, values in state.items():
        if values.is_floating_point():
            values.uniform_(0.5, 1.5) if "running_var" in name else values.normal_(0, 0.3)

    def weights(layer):
        return state[f"{layer}.weight"], state[f"{layer}.bias"]

    def normed(values, layer):
        statistics = state[f"{layer}.running_mean"], state[f"{layer}.running_var"]
        return leaky_relu(batch_norm(values, *statistics, *weights(layer), eps=1e-5), 0.01)

    volumes, sex = torch.rand(2, 1, *SHAPE), torch.tensor([[0.0], [1.0]])
    with torch.no_grad():
        values = volumes
        for number in range(1, 5):
            values = normed(conv3d(values, *weights(f"features.conv{number}"), stride=2), f"features.norm{number}")
        values = normed(conv3d(values, *weights("head.conv")), "head.norm").flatten(1)
        found = torch.cat([values, sex], 1)
        logits, code = linear(found, *weights("label_mean")), linear(found, *weights("latent_mean"))
        values = code[:1].view(1, 3, 1, 1, 1)
        for number in range(1, 6):
            stride = 1 if number == 1 else 2
            values = conv_transpose3d(values, *weights(f"decoder.up{number}"), stride=stride)
            values = normed(values, f"decoder.norm{number}")
        rebuilt = conv_transpose3d(values, *weights("decoder.up6"))
        assert (logits[0] - logits[1]).abs().max() > 1e-2 and rebuilt[0].shape == volumes[0].shape
        torch.testing.assert_close(network(volumes, sex), logits, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(network.reconstructed(volumes[:1], sex[:1]), rebuilt, rtol=1e-4, atol=1e-5)


def test_in_training_label_and_code_are_drawn_with_their_own_deviation(monkeypatch):
    network, volumes, labels = made(dropout=0.0).train(), torch.rand(2, 1, *SHAPE), torch.tensor([0, 1])
    monkeypatch.setattr(torch, "randn_like", lambda mean: torch.full_like(mean, 0.7))
    with torch.no_grad():
        loss, logits = network.training_loss(volumes, labels, None, cross_entropy)
        found = network.head(network.features(volumes))
        label = Normal(network.label_mean(found), (network.label_log_variance(found) / 2).exp())
        code = Normal(network.latent_mean(found), (network.latent_log_variance(found) / 2).exp())
        prior = Normal(network.prior_mean(label.mean + 0.7 * label.stddev), 1.0)
        rebuilt = network.decoder(code.mean + 0.7 * code.stddev)
    apart = kl_divergence(code, prior).sum(1).mean()
    torch.testing.assert_close(loss, mse_loss(rebuilt, volumes) + apart + cross_entropy(label.mean, labels))
    torch.testing.assert_close(logits, label.mean)


def test_the_divergence_is_zero_where_the_prior_is_met_and_torchs_own_elsewhere():
    mean, log_variance, prior = (torch.randn(4, 3, generator=torch.Generator().manual_seed(n)) for n in (1, 2, 3))
    assert divergence(mean, torch.zeros(4, 3), mean) == 0
    torchs = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(prior, 1.0)).sum(1).mean()
    torch.testing.assert_close(divergence(mean, log_variance, prior), torchs)


def test_in_evaluation_the_loss_is_that_of_the_means_and_nothing_is_drawn():
    network = made(covariates=1).eval()
    volumes, labels, sex = torch.rand(2, 1, *SHAPE), torch.tensor([0, 1]), torch.tensor([[0.0], [1.0]])
    before = torch.get_rng_state()
    with torch.no_grad():
        loss, logits = network.training_loss(volumes, labels, sex, cross_entropy)
        rebuilt = network.reconstructed(volumes, sex)
        assert torch.equal(logits, network(volumes, sex))
        found = torch.cat([network.head(network.features(volumes)), sex], 1)
        latent = Normal(network.latent_mean(found), (network.latent_log_variance(found) / 2).exp())
        apart = kl_divergence(latent, Normal(network.prior_mean(logits), 1.0)).sum(1).mean()
    assert torch.equal(torch.get_rng_state(), before)
    assert rebuilt.shape == volumes.shape
    torch.testing.assert_close(loss, mse_loss(rebuilt, volumes) + apart + cross_entropy(logits, labels))


def test_in_training_every_weight_takes_part_and_the_seed_decides_what_is_drawn():
    network, volumes, labels = made(dropout=0.0).train(), torch.rand(2, 1, *SHAPE), torch.tensor([0, 1])

    def loss(seed):
        torch.manual_seed(seed)
        return network.training_loss(volumes, labels, None, cross_entropy)[0]

    assert loss(5) == loss(5)
    assert loss(5) != loss(6)
    loss(5).backward()
    still = [name for name, weights in network.named_parameters() if weights.grad is None or not weights.grad.any()]
    # a bias before batch norm of training changes nothing but by rounding
    assert [name for name in still if not name.endswith("bias")] == []


def test_a_covariate_changes_the_answer_and_is_asked_for():
    network, volumes = made(covariates=1).eval(), torch.rand(1, 1, *SHAPE)
    with torch.no_grad():
        apart = network(volumes, torch.ones(1, 1)) - network(volumes, torch.zeros(1, 1))
    torch.testing.assert_close(apart[0], network.label_mean.weight[:, -1])
    with pytest.raises(SettingsError, match="vae_age takes 1 covariates a scan, found none"):
        network(volumes)


def test_a_regression_has_one_output_and_a_loss_of_its_own():
    network = made(classes=None).train()
    loss, amounts = network.training_loss(
        torch.rand(2, 1, *SHAPE), torch.tensor([0.0, 1.0]), None, lambda amounts, given: mse_loss(amounts[:, 0], given)
    )
    assert amounts.shape == (2, 1) and torch.isfinite(loss)


def test_one_voxel_less_than_the_smallest_shape_is_refused_in_one_line():
    with pytest.raises(SettingsError, match=r"\(61, 60, 61\) is too small; it needs at least 61") as refusal:
        build("vae_age", (61, 60, 61))
    assert "\n" not in str(refusal.value)


def test_a_batch_of_one_trains():
    made().train().training_loss(torch.rand(1, 1, *SHAPE), torch.tensor([0]), None, cross_entropy)[0].backward()
