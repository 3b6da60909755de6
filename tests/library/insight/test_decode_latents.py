import numpy as np
import pandas as pd
import pytest
import torch

from tests.library.insight.linear_vae import SHAPE, InMemory, LinearVae
from voxplain.errors import InputError, UnsupportedModel
from voxplain.insight.decode_latents import decode_latents
from voxplain.insight.traversals import expected_volumes
from voxplain.insight.vae import encoded_scans
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.normalisation import normalised

LABELS = [0, 1, 0, 1, 1, 0, 0, 1]


def made(seed, count):
    return InMemory(np.random.default_rng(seed).normal(size=(count, 1, *SHAPE)))


@pytest.fixture
def network():
    torch.manual_seed(1)
    return LinearVae().train()


def test_one_call_gives_tables_and_volumes_that_belong_together(network):
    tables, volumes = decode_latents(network, made(1, 8), made(2, 5), LABELS, ["F", "M"], dimensions=2)
    assert {name: len(table) for name, table in tables.items()} == {
        "reconstruction": 5,
        "latents": 3,
        "traversals": 2 * 3,
        "expected": 2,
    }
    assert volumes["traversals"].shape == (2, 3, 1, *SHAPE) and volumes["expected"].shape == (2, 1, *SHAPE)
    assert volumes["rebuilt"].shape == (3, 1, *SHAPE) and volumes["as_of"].shape == (3, 2, 1, *SHAPE)
    by_error = tables["reconstruction"].sort_values("error")["scan"].tolist()
    assert volumes["examples"].tolist() == [by_error[0], by_error[2], by_error[4]]
    assert all(layer.training for layer in network.modules())


def test_what_is_expected_of_a_class_is_answered_by_what_the_network_says_of_it(network):
    training = made(1, 8)
    tables, volumes = decode_latents(network, training, made(2, 5), LABELS, ["F", "M"])
    network.eval()
    with torch.no_grad():
        answered = network(torch.from_numpy(volumes["expected"])).numpy()
    asked = np.stack([encoded_scans(network, training).answers[np.equal(LABELS, n)].mean(0) for n in (0, 1)])
    table = tables["expected"]
    assert list(table["name"]) == ["F", "M"]
    np.testing.assert_allclose(table[["answered_0", "answered_1"]], answered, atol=1e-5)
    np.testing.assert_allclose(table[["asked_0", "asked_1"]], asked, atol=1e-5)


def test_held_out_scans_change_nothing_that_is_fitted(network):
    training = made(1, 8)
    one, other = (decode_latents(network, training, made(seed, 5), LABELS, ["F", "M"]) for seed in (2, 3))
    for name in ("latents", "traversals", "expected"):
        pd.testing.assert_frame_equal(one[0][name], other[0][name])
    assert all(np.array_equal(one[1][name], other[1][name]) for name in ("traversals", "expected"))
    assert not np.array_equal(one[1]["rebuilt"], other[1]["rebuilt"])


def test_the_same_call_gives_the_same_bytes(network):
    one, other = (decode_latents(network, made(1, 8), made(2, 5), LABELS, ["F", "M"]) for _ in range(2))
    assert all(one[1][name].tobytes() == other[1][name].tobytes() for name in one[1])
    assert all(one[0][name].equals(other[0][name]) for name in one[0])


def test_scans_of_a_store_are_rebuilt_as_the_network_is_shown_them(network, tmp_path):
    masks = np.zeros((6, *SHAPE))
    masks[:, 2:5, 1:4, 3:] = 1
    arrays = np.random.default_rng(4).normal(3, 2, (6, *SHAPE)).astype(np.float32)
    rows = ((f"sub-{number}", f"sub-{number}", arrays[number], masks[number]) for number in range(6))
    write_store(tmp_path / "made.h5", rows, np.eye(4), "mni152", {})
    training, held_out = (
        normalised(Volumes(tmp_path / "made.h5", scans, "brain"), "zscore", {})
        for scans in (["sub-5", "sub-0", "sub-3"], ["sub-4", "sub-1"])
    )
    tables, volumes = decode_latents(network, training, held_out, [0, 1, 0], ["F", "M"])
    table = tables["reconstruction"].set_index("scan")
    assert list(table.index) == ["sub-4", "sub-1"] and len(volumes["examples"]) == 2
    mean = torch.stack(list(training)).double().mean(0)
    of_mean = ((held_out[1].double() - mean) ** 2)[0].numpy()
    assert table.loc["sub-1", "of_mean"] == pytest.approx(of_mean.mean())
    assert table.loc["sub-1", "of_mean_brain"] == pytest.approx(of_mean[masks[1] > 0].mean())


def test_a_regression_is_asked_for_amounts_of_its_training_scans_in_their_unit():
    torch.manual_seed(1)
    network, ages = LinearVae(classes=1), np.linspace(40, 80, 11)
    target = {"mean": 60.0, "sd": 10.0}
    tables, volumes = decode_latents(network, made(1, 11), made(2, 4), ages, [], target)
    assert tables["expected"]["name"].tolist() == pytest.approx([44, 60, 76])
    assert tables["expected"]["asked_0"].tolist() == pytest.approx([-1.6, 0, 1.6], abs=1e-6)
    np.testing.assert_allclose(volumes["expected"], expected_volumes(network, [[-1.6], [0], [1.6]]), atol=1e-5)


def test_covariates_are_those_of_each_set():
    torch.manual_seed(1)
    network, sex = LinearVae(covariates=1), torch.arange(8.0)[:, None]
    training, held_out = made(1, 8), made(2, 5)
    tables, _ = decode_latents(network, training, held_out, LABELS, ["F", "M"], covariates=(sex, sex[:5]))
    asked = encoded_scans(network, training, sex).answers[np.equal(LABELS, 1)].mean(0)
    np.testing.assert_allclose(tables["expected"].loc[1, ["asked_0", "asked_1"]].astype(float), asked, atol=1e-5)


def test_a_network_that_is_no_autoencoder_and_a_set_without_scans_are_refused_in_one_line(network):
    with pytest.raises(UnsupportedModel, match="MriNet has no latent code that volumes are rebuilt from") as refusal:
        decode_latents(build("mrinet", (22, 22, 22), width=2), made(1, 8), made(2, 5), LABELS, ["F", "M"])
    assert "\n" not in str(refusal.value)
    with pytest.raises(InputError, match="there is no scan to encode"):
        decode_latents(network, made(1, 8), made(2, 0), LABELS, ["F", "M"])
