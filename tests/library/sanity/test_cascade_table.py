from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from voxplain.attribution.attribute import attribute
from voxplain.sanity.cascade_table import CASCADE_ALONE, cascade_rows, columns_of
from voxplain.sanity.complexity import complexity
from voxplain.sanity.randomisation import cascade, layers
from voxplain.sanity.references import edges
from voxplain.sanity.similarity import similarity
from voxplain.store import Volumes, write_store

SHAPE = (5, 7, 6)
GRADIENT = {"name": "gradient", "method": "gradient", "target": "predicted", "score": "log_odds", "options": {}}


@pytest.fixture
def volumes(tmp_path):
    rng = np.random.default_rng(2)
    rows = [(f"sub-{i}", f"sub-{i}", rng.standard_normal(SHAPE), rng.random(SHAPE) > 0.3) for i in range(2)]
    write_store(tmp_path / "store.h5", rows, np.eye(4), "mni152", {})
    return Volumes(tmp_path / "store.h5")


@pytest.fixture
def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Flatten(), nn.Linear(210, 2)).eval()


@pytest.mark.parametrize("classes", [[0, 1], [1, 0]])
def test_a_linear_networks_maps_are_its_weights_for_the_original_classes(volumes, network, classes):
    """Each scan is explained once for either class, so also for one that the random network would not predict."""
    seen = np.ones(SHAPE, bool)
    seen[0] = False
    rows = cascade_rows(network, volumes, torch.tensor(classes), GRADIENT, seen, draws=2, seed=[3])
    assert all(row["spearman"] == pytest.approx(1) for row in rows if row["kind"] == "cascade" and row["step"] == 0)
    ((_, drawn),) = cascade(network, layers(network, volumes[0][None]), [3, 2])
    for place, (scan, own) in enumerate(zip(volumes.scans, classes, strict=True)):
        maps = [
            (weight[own] - weight[1 - own]).detach().numpy().reshape(SHAPE)
            for weight in (network[1].weight, drawn["1.weight"])
        ]
        row = next(row for row in rows if (row["scan"], row["draw"], row["step"]) == (scan, 2, 1))
        expected = similarity(*maps, volumes.mask(place).numpy() * seen)
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def deep():
    torch.manual_seed(4)
    head = nn.Linear(4 * 3 * 5 * 4, 2)
    return nn.Sequential(nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.Flatten(), head).eval()


def rows_of(network, volumes, kind, **asked):
    found = cascade_rows(
        network,
        volumes,
        torch.tensor([0, 1]),
        GRADIENT,
        np.ones(SHAPE, bool),
        draws=2,
        seed=[3],
        asked=CASCADE_ALONE | asked,
    )
    return [row for row in found if row["kind"] == kind]


def gradient_map(network, volumes, place):
    return attribute(network, volumes[place][None], "gradient", target=place)[0, 0].numpy()


def test_one_layer_alone_is_random_while_all_others_stay_trained(volumes, deep):
    rows = rows_of(deep, volumes, "single", single=True)
    assert [(row["step"], row["layer"]) for row in rows[::2]] == [(1, "4"), (2, "0")] * 2
    (_, head), (_, all_drawn) = cascade(deep, layers(deep, volumes[0][None]), [3, 2])
    for step, (drawn, changed) in enumerate([(head, ["4"]), (all_drawn, ["0", "1"])], 1):
        other = deepcopy(deep)
        mixed = {name: (drawn if name.split(".")[0] in changed else deep.state_dict())[name] for name in drawn}
        other.load_state_dict(mixed)
        expected = similarity(gradient_map(deep, volumes, 1), gradient_map(other, volumes, 1), volumes.mask(1))
        row = next(row for row in rows if (row["scan"], row["draw"], row["step"]) == ("sub-1", 2, step))
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("kind", "image"), [("input", np.abs), ("edges", lambda volume: edges(np.abs(volume)))])
def test_maps_stand_beside_the_input_and_its_edges(volumes, deep, kind, image):
    (_, _), (_, drawn) = cascade(deep, layers(deep, volumes[0][None]), [3, 1])
    untrained = deepcopy(deep)
    untrained.load_state_dict(drawn)
    for network, one in ((deep, kind), (untrained, f"random_{kind}")):
        row = next(row for row in rows_of(deep, volumes, one, beside=[kind]) if row["scan"] == "sub-1")
        shown = image(volumes[1][0].numpy())
        expected = similarity(shown, gradient_map(network, volumes, 1), volumes.mask(1))
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_smoothed_maps_of_a_network_without_kinks_are_the_plain_ones(volumes, network):
    """The gradient of a linear network is the same wherever it is taken, so noise must change nothing."""
    smoothed = {"samples": 3, "noise": 0.2}
    plain, smooth = (rows_of(network, volumes, kind, smoothed=smoothed) for kind in ("cascade", "smoothed"))
    for one, other in zip(plain, smooth, strict=True):
        assert one["spearman"] == pytest.approx(other["spearman"], abs=1e-5)


def test_the_complexity_of_each_step_stands_in_a_column_of_its_own(volumes, deep):
    bins = 12
    rows = rows_of(deep, volumes, "cascade", efficient={"bins": bins})
    assert set(rows[0]) | {"split"} == set(columns_of({"efficient": {"bins": bins}}))
    inside = volumes.mask(1).numpy() > 0
    expected = complexity(gradient_map(deep, volumes, 1)[inside], bins)
    row = next(row for row in rows if (row["scan"], row["step"]) == ("sub-1", 0))
    assert row["complexity"] == pytest.approx(expected)
    assert row["complexity"] != next(row for row in rows if (row["scan"], row["step"]) == ("sub-1", 2))["complexity"]


def test_a_method_with_constant_maps_is_undefined_at_every_step(volumes, network):
    with torch.no_grad():
        network[1].weight.zero_()
    asked = {"draws": 2, "seed": [3], "asked": CASCADE_ALONE | {"beside": ["input", "edges"]}}
    rows = cascade_rows(network, volumes, torch.tensor([1, 1]), GRADIENT, np.ones(SHAPE, bool), **asked)
    assert all(np.isnan(row["spearman"]) for row in rows if row["kind"] in ("cascade", "input", "edges"))
    assert all(np.isfinite(row["spearman"]) for row in rows if row["kind"] in ("unrelated", "random_input"))


def test_the_network_is_left_as_it_was(volumes, network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    cascade_rows(network, volumes, torch.tensor([1, 1]), GRADIENT, np.ones(SHAPE, bool), draws=2, seed=[3])
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
