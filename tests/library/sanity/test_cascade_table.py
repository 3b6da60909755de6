import numpy as np
import pytest
import torch
from torch import nn

from voxplain.sanity.cascade_table import cascade_rows
from voxplain.sanity.randomisation import cascade, layers
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
    assert all(row["spearman"] == pytest.approx(1) for row in rows if row["step"] == 0)
    ((_, drawn),) = cascade(network, layers(network, volumes[0][None]), [3, 2])
    for place, (scan, own) in enumerate(zip(volumes.scans, classes, strict=True)):
        maps = [
            (weight[own] - weight[1 - own]).detach().numpy().reshape(SHAPE)
            for weight in (network[1].weight, drawn["1.weight"])
        ]
        row = next(row for row in rows if (row["scan"], row["draw"], row["step"]) == (scan, 2, 1))
        expected = similarity(*maps, volumes.mask(place).numpy() * seen)
        assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_a_method_with_constant_maps_is_undefined_at_every_step(volumes, network):
    with torch.no_grad():
        network[1].weight.zero_()
    rows = cascade_rows(network, volumes, torch.tensor([1, 1]), GRADIENT, np.ones(SHAPE, bool), draws=2, seed=[3])
    assert all(np.isnan(row["spearman"]) for row in rows if row["kind"] == "cascade")
    assert all(np.isfinite(row["spearman"]) for row in rows if row["kind"] == "unrelated")


def test_the_network_is_left_as_it_was(volumes, network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    cascade_rows(network, volumes, torch.tensor([1, 1]), GRADIENT, np.ones(SHAPE, bool), draws=2, seed=[3])
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
