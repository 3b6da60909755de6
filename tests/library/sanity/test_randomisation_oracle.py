"""Randomisation tests as Quantus has them, of the same networks in the same draw, over captum's gradient."""

from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module

import numpy as np
import pytest
import torch
from captum.attr import Saliency
from torch import nn

from voxplain.sanity.cascade_table import CASCADE_ALONE, cascade_rows
from voxplain.sanity.complexity import relative_rise
from voxplain.sanity.randomisation import alone, cascade, layers

SHAPE, SEED, BINS = (7, 9, 8), [5], 15
GRADIENT = {"name": "gradient", "method": "gradient", "target": 1, "score": "logit", "options": {}}


class Held(list):
    """Volumes as the store gives them, of which every voxel counts."""

    scans, shape = ["sub-a", "sub-b", "sub-c"], SHAPE

    def mask(self, place):
        return torch.ones(SHAPE)


@pytest.fixture
def volumes():
    return Held(torch.rand(3, 1, *SHAPE, generator=torch.Generator().manual_seed(1)))


@pytest.fixture
def network():
    torch.manual_seed(2)
    body = nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.Conv3d(4, 3, 3), nn.ReLU()
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(3 * 3 * 5 * 4, 2)).eval()


@contextmanager
def our_draws(monkeypatch, network, volumes, each=lambda network, step, found, state: state):
    """Inside, Quantus randomises by our layers and draw."""
    found = layers(network, volumes[0][None])

    def drawn(wrapped, **_):
        changed = deepcopy(network)
        for step, (layer, state) in enumerate(cascade(network, found, [*SEED, 1]), 1):
            changed.load_state_dict(each(network, step, found, state))
            yield layer, changed

    with monkeypatch.context() as patched:
        kind = import_module("quantus.helpers.model.pytorch_model").PyTorchModel
        patched.setattr(kind, "get_random_layer_generator", drawn)
        yield


def one_alone(network, step, found, state):
    return alone(network.state_dict(), state, found[-step].tensors(network))


def scores(metric, network, volumes):
    def explain(model, inputs, targets, **_):
        asked = torch.as_tensor(inputs, dtype=torch.float32), torch.as_tensor(targets)
        return Saliency(model).attribute(asked[0], target=asked[1], abs=False).numpy()

    shown = np.stack([one.numpy() for one in volumes])
    given = {"x_batch": shown, "y_batch": np.ones(3, int), "channel_first": True, "explain_func": explain}
    return metric(model=network, a_batch=None, **given)


def rows_of(network, volumes, **asked):
    asked = CASCADE_ALONE | asked
    return cascade_rows(
        network, volumes, torch.ones(3, dtype=int), GRADIENT, np.ones(SHAPE, bool), draws=1, seed=SEED, asked=asked
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("kind", "each", "absolute"),
    [
        ("cascade", lambda network, step, found, state: state, False),
        ("cascade", lambda network, step, found, state: state, True),
        ("single", one_alone, False),
    ],
)
def test_correlations_are_those_of_the_model_parameter_randomisation_test(
    quantus, monkeypatch, network, volumes, kind, each, absolute
):
    metric = quantus.MPRT(abs=absolute, normalise=False, disable_warnings=True)
    with our_draws(monkeypatch, network, volumes, each):
        expected = scores(metric, network, volumes)
    rows = [row for row in rows_of(network, volumes, single=True) if row["kind"] == kind]
    measure = "spearman_abs" if absolute else "spearman"
    for step, layer in enumerate(["6", "3", "0"], 1):
        own = [row[measure] for row in rows if row["step"] == step]
        assert own == pytest.approx(expected[layer], abs=1e-5)
    assert len({round(one, 3) for values in expected.values() for one in values}) > 6


@pytest.mark.filterwarnings("ignore")
def test_the_rise_of_complexity_is_that_of_the_efficient_test(quantus, monkeypatch, network, volumes):
    metric = quantus.EfficientMPRT(
        complexity_func=import_module("quantus.functions.complexity_func").discrete_entropy,
        complexity_func_kwargs={"n_bins": BINS},
        compute_extra_scores=False,
        skip_layers=False,
        normalise=False,
        abs=True,
        disable_warnings=True,
    )
    with our_draws(monkeypatch, network, volumes):
        expected = scores(metric, network, volumes)
    rows = rows_of(network, volumes, efficient={"bins": BINS})
    before, after = ([row["complexity"] for row in rows if row["step"] == step] for step in (0, 3))
    assert list(map(relative_rise, before, after)) == pytest.approx(expected, abs=1e-5)
