"""Ideal inputs: what is told of them, what they keep to, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.library.insight.made_templates import BARE, Linear, Template, brains, two_blobs, two_layers
from voxplain.errors import InputError, SettingsError, UnsupportedModel
from voxplain.insight.activation_maximisation import maximise_activation
from voxplain.insight.training_brains import training_brains


def test_the_score_rises_above_the_mean_brains_and_the_best_subjects():
    scans, network = brains(), two_layers()
    for target in range(3):
        row = maximise_activation(network, scans, target, draws=1).draws.iloc[0]
        assert row["score_after"] > max(row["score_before"], row["mean_brain"])
        row = maximise_activation(network, scans, target, draws=1, rate=0.2, **BARE).draws.iloc[0]
        assert row["score_after"] > row["training_best"]


def test_the_scores_of_the_training_scans_are_those_of_the_network():
    scans, network = brains(), two_layers(classes=2)
    found = maximise_activation(network, scans, 1, draws=1, iterations=2)
    network.eval()
    with torch.no_grad():
        logits, of_mean = network(scans), network(scans.mean(0, keepdim=True))[0]
    odds = (logits[:, 1] - logits[:, 0]).numpy()
    row = found.draws.iloc[0]
    np.testing.assert_allclose(found.scans["score"], odds)
    assert row["mean_brain"] == pytest.approx(float(of_mean[1] - of_mean[0]))
    assert row["training_mean"] == pytest.approx(odds.mean()) and row["training_sd"] == pytest.approx(odds.std(ddof=1))
    assert row["training_best"] == pytest.approx(odds.max()) and row["best_scan"] == str(odds.argmax())
    assert row["sds"] == pytest.approx((row["score_after"] - odds.mean()) / odds.std(ddof=1))
    with torch.no_grad():
        after = network(torch.from_numpy(found.inputs[0])[None].double())[0]
    assert row["score_after"] == pytest.approx(float(after[1] - after[0]), abs=1e-5)


def test_only_the_field_of_a_unit_is_changed():
    scans = brains() + 5 * torch.rand(10, 1, 11, 9, 13, generator=torch.Generator().manual_seed(3))
    unit = ("second", 1, (1, 2, 3))
    found = maximise_activation(two_layers(), scans, unit, draws=1, noise=0, **BARE)
    field = np.zeros((11, 9, 13), bool)
    # two cells of three voxels each, from twice the unit's place on
    field[2:6, 4:8, 6:10] = True
    change = found.changes[0, 0]
    assert (change[~field] == 0).all() and (change[field] != 0).mean() > 0.9
    assert found.draws["score_after"][0] > found.draws["training_best"][0]


def test_a_unit_of_the_head_is_its_class():
    scans = brains()
    by_class = maximise_activation(two_layers(), scans, 2, draws=1, iterations=5)
    by_unit = maximise_activation(two_layers(), scans, ("head", 2, ()), draws=1, iterations=5)
    assert np.array_equal(by_class.inputs, by_unit.inputs)


def test_a_draw_depends_on_the_seed_and_its_number_alone():
    scans, options = brains(), {"iterations": 4, "start": "subject"}
    first = maximise_activation(two_layers(), scans, 1, draws=2, seed=5, **options)
    torch.manual_seed(99)
    again = maximise_activation(two_layers(), scans, 1, draws=3, seed=5, **options)
    assert first.inputs.tobytes() == again.inputs[:2].tobytes()
    assert not np.array_equal(again.inputs[0], again.inputs[1])
    other = maximise_activation(two_layers(), scans, 1, draws=2, seed=6, **options)
    assert not np.array_equal(first.inputs, other.inputs)


def test_what_is_the_same_in_all_scans_stays_and_intensities_stay_in_their_range():
    scans = brains()
    found = maximise_activation(two_layers(), scans, 0, draws=1, start="noise", rate=1.0, **BARE)
    outside = (scans == 0).all(0).numpy()
    assert outside.any() and (found.inputs[0, 0][outside[0]] == 0).all()
    assert found.inputs.min() >= float(scans.min()) - 1e-4 and found.inputs.max() <= float(scans.max()) + 1e-4
    assert found.inputs.max() > 0.99 * float(scans.max())


def test_the_subspace_keeps_inputs_near_the_training_scans():
    scans = brains(24)
    known = training_brains(scans, 4)
    free, soft, hard = (
        maximise_activation(two_layers(), scans, 1, draws=1, brains=known, components=4, **options).draws.iloc[0]
        for options in ({"subspace": 1e-9}, {"subspace": 3.0}, {"projected": True, "reach": 2.0})
    )
    assert soft["off_axes"] < 0.5 * free["off_axes"]
    assert hard["off_axes"] < 1e-8 and hard["farthest"] < 2 + 1e-8
    assert all(one["score_after"] > one["mean_brain"] for one in (free, soft, hard))


def test_penalties_and_blur_make_a_smoother_change():
    scans = brains()

    def roughness(**priors):
        change = maximise_activation(two_layers(), scans, 1, draws=1, **(BARE | priors)).changes[0, 0]
        return sum(np.square(np.diff(change, axis=axis)).sum() for axis in range(3)) / np.square(change).sum()

    assert roughness(tv=0.5) < 0.8 * roughness() and roughness(blur=1.0) < 0.8 * roughness()


def test_jitter_asks_for_what_is_liked_at_any_shift():
    scans = brains() + 5 * torch.rand(10, 1, 11, 9, 13, generator=torch.Generator().manual_seed(3))
    found = maximise_activation(
        two_layers(), scans, ("second", 0, (1, 1, 1)), draws=1, noise=0, **(BARE | {"jitter": 1})
    )
    changed = np.argwhere(found.changes[0, 0] != 0)
    assert changed.min(0).tolist() == [1, 1, 1] and changed.max(0).tolist() == [6, 6, 6]


def test_a_regressions_smallest_and_largest_amounts_lie_on_both_sides_of_the_scans():
    scans, network = brains(), two_layers(classes=1)
    up, down = (
        maximise_activation(network, scans, 0, direction=direction, draws=1, rate=0.2, **BARE).draws.iloc[0]
        for direction in ("up", "down")
    )
    assert down["score_after"] < down["training_best"] < up["training_best"] < up["score_after"]
    assert down["sds"] > 0 and up["sds"] > 0


def test_covariates_are_held_at_their_mean_and_scans_keep_theirs():
    scans, network = brains(), two_layers(covariates=2)
    values = torch.randn(10, 2, generator=torch.Generator().manual_seed(8))
    found = maximise_activation(network, scans, 1, covariates=values, draws=1, iterations=3)
    network.eval()
    with torch.no_grad():
        np.testing.assert_allclose(found.scans["score"], network(scans, values)[:, 1].numpy())
        ideal = torch.from_numpy(found.inputs).double()
        expected = float(network(ideal, values.mean(0, keepdim=True))[0, 1])
    assert found.draws["score_after"][0] == pytest.approx(expected, abs=1e-5)
    unit = maximise_activation(network, scans, ("head", 1, ()), covariates=values, draws=1, iterations=3)
    assert np.array_equal(unit.inputs, found.inputs)


def test_draws_that_agree_are_said_to_be_alike():
    scans = brains()
    planted = maximise_activation(Template(two_blobs()), scans, 1)
    assert (planted.draws["alike"] > 0.9).all()
    changes = [change[(scans != 0).any(0).numpy()] for change in planted.changes]
    expected = [np.mean([np.corrcoef(changes[a], changes[b])[0, 1] for b in range(3) if b != a]) for a in range(3)]
    np.testing.assert_allclose(planted.draws["alike"], expected, atol=1e-5)
    assert maximise_activation(two_layers(), scans, 0, draws=1, iterations=1).draws["alike"].isna().all()


def test_the_network_comes_back_as_it_was():
    network = two_layers()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    maximise_activation(network, brains(), ("first", 0, (1, 1, 1)), draws=1, iterations=2)
    assert all(layer.training for layer in network.modules())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(one.grad is None and one.requires_grad for one in network.parameters())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in network.modules())


def test_a_unit_that_nothing_reaches_is_said_to_be_silent():
    network = two_layers()
    with torch.no_grad():
        network.norm.bias.fill_(-100)
    found = maximise_activation(network, brains(), ("relu", 0, (2, 2, 2)), draws=1, noise=0, iterations=6)
    assert found.draws["silent"][0] == 6 and np.isnan(found.draws["sds"][0])
    assert (found.changes == 0).all()


def test_images_of_two_axes_work_too():
    scans = brains()[:, :, 4]
    weights = torch.randn(2, 1, 9, 13, dtype=torch.float64, generator=torch.Generator().manual_seed(6))
    row = maximise_activation(Linear(weights), scans, 0, draws=1, projected=True, components=3).draws.iloc[0]
    assert row["score_after"] > row["mean_brain"]


def test_a_network_that_cuts_the_graph_is_refused():
    class Counts(nn.Module):
        def forward(self, volumes):
            return (volumes > 100).flatten(1).sum(1, keepdim=True).double()

    with pytest.raises(UnsupportedModel, match="no gradient flows from the score to the volume"):
        maximise_activation(Counts(), brains(), 0, draws=1)
    with pytest.raises(UnsupportedModel, match="the network is a function; give a torch.nn.Module"):
        maximise_activation(lambda volumes: volumes, brains(), 0, draws=1)


@pytest.mark.parametrize(
    ("options", "fault", "words"),
    [
        ({"target": "predicted"}, SettingsError, "target is 'predicted'; use one class, or a unit"),
        ({"target": [0, 1]}, SettingsError, r"target is \[0, 1\]; use one class"),
        ({"target": 3}, SettingsError, "target is 3, but the network has 3 outputs; use 0 to 2"),
        ({"target": ("frist", 0, (0, 0, 0))}, SettingsError, 'no layer "frist" in TwoLayers; did you mean "first"'),
        ({"target": ("first", 9, (0, 0, 0))}, SettingsError, "no channel 9"),
        ({"score": "odds"}, SettingsError, "score is 'odds'"),
        ({"start": "median"}, SettingsError, "start is 'median'; use one of noise, mean, subject, or a volume"),
        ({"start": torch.zeros(1, 2, 2, 2)}, InputError, "start has shape"),
        ({"direction": "left"}, SettingsError, "direction is 'left'"),
        ({"draws": 0}, SettingsError, "draws is 0"),
        ({"iterations": 1.5}, SettingsError, "iterations is 1.5"),
        ({"rate": -1}, SettingsError, "rate is -1"),
        ({"noise": float("inf")}, SettingsError, "noise is inf"),
        ({"seed": -1}, SettingsError, "seed is -1"),
        ({"jiter": 1}, SettingsError, 'unknown option "jiter" of activation maximisation; did you mean "jitter"'),
        ({"subspace": 1.0, "components": 0}, SettingsError, "a prior asks for the scans' principal axes"),
        ({"brains": training_brains(brains(9))}, InputError, "brains are of 9 scans"),
        ({"covariates": torch.zeros(3, 2)}, InputError, "covariates have 3 rows for 10 training scans"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(options, fault, words):
    asked = {"target": 0, "iterations": 1, "draws": 1} | options
    with pytest.raises(fault, match=words) as refusal:
        maximise_activation(two_layers(), brains(), **asked)
    assert "\n" not in str(refusal.value)
