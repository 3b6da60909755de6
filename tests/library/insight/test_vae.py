import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from tests.library.insight.linear_vae import SHAPE, VOXELS, InMemory, LinearVae, numbers
from tests.library.insight.little_memory import room_for
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.reconstruction import mean_volume, reconstruction_table
from voxplain.insight.traversals import (
    amount_answers,
    class_answers,
    expected_volumes,
    prior_codes,
    traversals,
    volumes_as_of,
)
from voxplain.insight.vae import decoded, encoded_scans, latent_table
from voxplain.networks.build import build


@pytest.fixture
def network():
    torch.manual_seed(1)
    return LinearVae().train()


@pytest.fixture
def volumes():
    return InMemory(np.random.default_rng(1).normal(size=(7, 1, *SHAPE)))


def rebuilt_of(network, codes):
    weight, bias = numbers(network.decoder[0])
    return (codes.astype(float) @ weight.T + bias).reshape(-1, 1, *SHAPE)


def test_codes_are_the_means_of_every_scan_and_nothing_is_drawn(network, volumes):
    before = torch.get_rng_state()
    codes = encoded_scans(network, volumes, batch=3)
    images = list(decoded(network, codes.means, batch=2))
    assert torch.equal(torch.get_rng_state(), before)
    weight, bias = numbers(network.means)
    flat = volumes.array.double().numpy().reshape(7, VOXELS)
    np.testing.assert_allclose(codes.means, flat @ weight.T + bias, atol=1e-5)
    np.testing.assert_allclose(images, rebuilt_of(network, codes.means), atol=1e-5)
    assert codes.scans == volumes.scans and codes.subjects == volumes.subjects
    assert all(layer.training for layer in network.modules())


def test_where_memory_runs_out_scans_are_encoded_fewer_at_a_time_and_the_log_says_so(network, volumes, caplog):
    expected = encoded_scans(network, volumes)
    with room_for(network.means, 1):
        found = encoded_scans(network, volumes)
    np.testing.assert_allclose(found.means, expected.means, rtol=1e-5, atol=1e-6)
    assert found.scans == expected.scans and len(found.means) == 7
    assert "out of memory with 4 passes at once; going on with 2" in caplog.text


def test_divergences_are_those_that_torch_gives_for_the_code_and_its_own_prior(network, volumes):
    codes = encoded_scans(network, volumes)
    with torch.no_grad():
        answers, mean, log_variance = network.encoded(volumes.array)
        torchs = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(network.prior_mean(answers), 1.0))
    np.testing.assert_allclose(codes.divergences, torchs.numpy(), rtol=1e-4, atol=1e-6)
    table = latent_table(codes).set_index("dimension")
    np.testing.assert_allclose(table["divergence"].sort_index(), torchs.mean(0).numpy(), rtol=1e-4)


def test_covariates_go_to_the_scans_that_they_are_of(volumes):
    torch.manual_seed(1)
    network, sex = LinearVae(covariates=1), torch.arange(7.0)[:, None]
    whole = encoded_scans(network, volumes, sex, batch=7)
    np.testing.assert_allclose(encoded_scans(network, volumes, sex, batch=2).means, whole.means, atol=1e-5)
    without = encoded_scans(network, volumes, torch.zeros(7, 1))
    apart = np.arange(7)[:, None] * numbers(network.means)[0][:, -1]
    np.testing.assert_allclose(whole.means - without.means, apart, atol=1e-4)


def test_a_dimension_that_is_the_same_in_every_scan_is_not_active_and_comes_last(network, volumes):
    with torch.no_grad():
        network.means.weight[1] = 0
        network.means.weight[2] *= 5
    table = latent_table(encoded_scans(network, volumes))
    assert list(table["dimension"]) == [2, 0, 1] and list(table["active"]) == ["yes", "yes", "no"]
    means = encoded_scans(network, volumes).means
    np.testing.assert_allclose(table["sd"], np.std(means, axis=0, ddof=1)[[2, 0, 1]], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(table["activity"][0], table["sd"][0] ** 2 * 6 / 7, rtol=1e-5)


def test_errors_of_rebuilding_are_those_of_a_plain_loop_over_voxels(network, volumes):
    codes, mean = encoded_scans(network, volumes), np.full((1, *SHAPE), 0.25)
    table = reconstruction_table(network, volumes, codes, mean, batch=3)
    rebuilt = rebuilt_of(network, codes.means)
    for place, row in table.iterrows():
        own = volumes.array[place].double().numpy()
        assert row["error"] == pytest.approx(np.mean((own - rebuilt[place]) ** 2), rel=1e-5)
        assert row["error_brain"] == pytest.approx(np.mean((own - rebuilt[place])[:, 1:] ** 2), rel=1e-5)
        assert row["of_mean"] == pytest.approx(np.mean((own - 0.25) ** 2))
        assert row["explained"] == pytest.approx(1 - row["error"] / row["of_mean"])
        assert row["divergence"] == pytest.approx(codes.divergences[place].sum(), rel=1e-5)
    assert list(table["scan"]) == volumes.scans


def test_what_is_rebuilt_whole_is_explained_whole_and_the_mean_explains_nothing():
    network, basis = LinearVae(), np.linalg.qr(np.random.default_rng(2).normal(size=(VOXELS, 3)))[0]
    basis = torch.tensor(basis, dtype=torch.float32)
    with torch.no_grad():
        for layer, weight in ((network.means, basis.T), (network.decoder[0], basis)):
            layer.weight.copy_(weight)
            layer.bias.zero_()
    codes = np.random.default_rng(3).normal(size=(5, 3)) @ basis.double().numpy().T
    volumes = InMemory(codes.reshape(5, 1, *SHAPE))
    table = reconstruction_table(network, volumes, encoded_scans(network, volumes), mean_volume(volumes))
    np.testing.assert_allclose(table["explained"], 1, atol=1e-6)
    with torch.no_grad():
        network.means.weight.zero_()
        network.decoder[0].bias.copy_(torch.as_tensor(mean_volume(volumes)).flatten())
    table = reconstruction_table(network, volumes, encoded_scans(network, volumes), mean_volume(volumes))
    np.testing.assert_allclose(table["explained"], 0, atol=1e-6)


def test_scans_that_are_all_the_same_leave_nothing_to_explain(network):
    volumes = InMemory(np.ones((3, 1, *SHAPE)))
    table = reconstruction_table(network, volumes, encoded_scans(network, volumes), mean_volume(volumes))
    assert table["explained"].isna().all() and table["error"].notna().all()


def test_moving_a_dimension_moves_the_volume_by_its_column_of_the_decoder(network, volumes):
    codes = encoded_scans(network, volumes)
    made, table = traversals(network, codes, [1, 2], steps=(-2.0, 0.0, 3.0))
    weight, _ = numbers(network.decoder[0])
    base = rebuilt_of(network, codes.means.mean(0, keepdims=True))[0]
    for place, dimension in enumerate((1, 2)):
        sd = codes.means[:, dimension].std(ddof=1)
        for number, step in enumerate((-2.0, 0.0, 3.0)):
            moved = step * sd * weight[:, dimension].reshape(1, *SHAPE)
            np.testing.assert_allclose(made[place, number], base + moved, atol=1e-5)
            row = table[(table["dimension"] == dimension) & (table["step"] == step)].iloc[0]
            assert row["change"] == pytest.approx(np.sqrt((moved**2).mean()), rel=1e-3, abs=1e-6)


def test_the_dimensions_that_vary_most_are_taken_and_a_scan_can_be_where_they_start(network, volumes):
    codes = encoded_scans(network, volumes)
    made, table = traversals(network, codes, 2, steps=(0.0,), base=codes.means[3])
    assert list(table["dimension"]) == list(latent_table(codes)["dimension"][:2])
    np.testing.assert_allclose(made[0, 0], rebuilt_of(network, codes.means[3:4])[0], atol=1e-5)
    again, same = traversals(network, codes, 2, steps=(0.0,), base=codes.means[3])
    assert np.array_equal(made, again)
    pd.testing.assert_frame_equal(table, same)


def test_a_class_is_decoded_from_the_prior_of_its_mean_answer(network, volumes):
    codes, labels = encoded_scans(network, volumes), [0, 1, 0, 1, 1, 0, 0]
    answers = class_answers(codes, labels, ["F", "M"])
    by_hand = np.stack([codes.answers[[0, 2, 5, 6]].mean(0), codes.answers[[1, 3, 4]].mean(0)])
    np.testing.assert_allclose(answers, by_hand, rtol=1e-6)
    weight, bias = numbers(network.prior_mean)
    prior = by_hand @ weight.T + bias
    np.testing.assert_allclose(prior_codes(network, answers), prior, atol=1e-5)
    np.testing.assert_allclose(expected_volumes(network, answers), rebuilt_of(network, prior), atol=1e-5)


def test_a_scan_as_of_its_own_answer_is_itself_and_as_of_another_moves_with_the_prior(network, volumes):
    codes = encoded_scans(network, volumes)
    made = volumes_as_of(network, codes, codes.answers)
    own = rebuilt_of(network, codes.means)
    assert made.shape == (7, 7, 1, *SHAPE)
    np.testing.assert_allclose(made[range(7), range(7)], own, atol=1e-5)
    moved = rebuilt_of(network, codes.means[:1] + codes.priors[4:5] - codes.priors[:1])[0]
    np.testing.assert_allclose(made[0, 4], moved, atol=1e-5)


def test_amounts_of_a_regression_are_standardised_as_the_card_says(volumes):
    torch.manual_seed(1)
    network = LinearVae(classes=1)
    answers = amount_answers([40, 60, 80], {"mean": 60, "sd": 10})
    assert answers.tolist() == [[-2.0], [0.0], [2.0]]
    young, middle, old = expected_volumes(network, answers)
    np.testing.assert_allclose(middle, (young + old) / 2, atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: encoded_scans(build("mrinet", (22, 22, 22), width=2), InMemory(np.zeros((1, 1, 22, 22, 22)))),
        lambda: list(decoded(nn.Linear(3, 2), np.zeros((1, 3)))),
        lambda: prior_codes(nn.Linear(3, 2), np.zeros((1, 2))),
    ],
)
def test_a_network_without_a_latent_code_is_refused_in_one_line(wrong):
    with pytest.raises(UnsupportedModel, match="has no latent code that volumes are rebuilt from") as refusal:
        wrong()
    assert "\n" not in str(refusal.value)


def test_what_does_not_fit_is_said_in_one_line(network, volumes):
    codes = encoded_scans(network, volumes)
    with pytest.raises(InputError, match="class M: no training scan is of it"):
        class_answers(codes, [0] * 7, ["F", "M"])
    with pytest.raises(SettingsError, match="dimension 3 of the code: there are 3, counted from 0"):
        traversals(network, codes, [3])
    with pytest.raises(InputError, match="codes are of other scans"):
        reconstruction_table(network, InMemory(volumes.array[:2]), codes, 0.0)
    for nothing in (lambda: encoded_scans(network, InMemory(volumes.array[:0])), lambda: mean_volume([])):
        with pytest.raises(InputError, match="there is no"):
            nothing()


def test_vae_age_gives_its_own_reconstruction_and_answers():
    torch.manual_seed(1)
    network, volumes = build("vae_age", (61, 64, 62), width=1, latent=3), InMemory(torch.rand(2, 1, 61, 64, 62))
    codes = encoded_scans(network, volumes)
    network.eval()
    with torch.no_grad():
        np.testing.assert_allclose(np.stack(list(decoded(network, codes.means))), network.reconstructed(volumes.array))
        np.testing.assert_allclose(codes.answers, network(volumes.array), rtol=1e-6)
        np.testing.assert_allclose(codes.priors, network.prior_mean(network(volumes.array)), rtol=1e-5)
