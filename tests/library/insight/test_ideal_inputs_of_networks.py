"""Ideal inputs of the networks that there are, from the volumes of a store."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from tests.library.insight.made_templates import BARE, brains
from voxplain.insight.activation_maximisation import maximise_activation
from voxplain.insight.target_scores import target_scores
from voxplain.insight.training_brains import training_brains
from voxplain.networks.build import build
from voxplain.networks.table import networks
from voxplain.store import Volumes, write_store
from voxplain.training.normalisation import normalised

SHAPES = {
    "adni_cnn": (78, 79, 80),
    "korolev_cnn": (124, 125, 124),
    "monai_densenet": (32, 33, 34),
    "monai_resnet": (32, 33, 34),
    "mrinet": (22, 26, 24),
    "s500_cnn": (76, 77, 78),
    "sfcn": (32, 33, 34),
    "slab_cnn": (24, 9, 26),
    "slab_resnet": (24, 9, 26),
    "small_elu": (71, 72, 73),
    "vae_age": (61, 62, 63),
    "vox_cnn": (100, 101, 100),
    "vox_resnet": (49, 50, 51),
    "vox_resnet_cam": (3, 12, 13),
}
WIDE = {
    "vae_age": {"latent": 3},
    "monai_densenet": {},
    "monai_resnet": {},
    "slab_cnn": {},
    "slab_resnet": {},
    "sfcn": {},
}
QUICK = {"mrinet", "slab_cnn", "vox_resnet_cam"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in SHAPES]
)
def test_every_network_has_ideal_inputs_that_please_it_more_than_its_scans(name):
    assert set(SHAPES) == set(networks())
    shape = SHAPES[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = build(name, shape, **WIDE.get(name, {"width": 2}))
    with torch.no_grad():
        for weights in network.parameters():
            # so that a narrow network that was never trained is not silent
            weights += 0.2 * (weights.dim() == 1)
    generator = torch.Generator().manual_seed(1)
    scans = torch.randn(3, 1, *shape, generator=generator).abs()
    row = maximise_activation(network, scans, 1, draws=1, noise=0, iterations=4, **BARE).draws.iloc[0]
    # batch norms that have seen nothing and dropout, in evaluation mode, leave a score that answers
    assert np.isfinite(row["score_after"]) and row["silent"] == 0
    assert row["score_after"] > row["mean_brain"]


@pytest.fixture
def store(tmp_path):
    scans = brains(shape=(22, 26, 24)).numpy()[:, 0]
    given = ((f"sub-{place}", f"sub-{place}", scan, scan > 0) for place, scan in enumerate(scans))
    write_store(tmp_path / "made.h5", given, np.eye(4), "template", {})
    return tmp_path / "made.h5"


def test_scans_of_a_store_are_named_and_normalised_as_the_network_is_shown_them(store):
    volumes = normalised(Volumes(store, mask="brain"), "zscore", {})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = build("mrinet", (22, 26, 24), width=2)
    found = maximise_activation(network, volumes, 1, draws=2, start="subject", iterations=3)
    assert found.scans["scan"].tolist() == volumes.scans
    assert set(found.draws["start"]) <= set(volumes.scans) and found.draws["best_scan"].isin(volumes.scans).all()
    assert found.inputs.dtype == np.float32 and found.inputs.shape == (2, 1, 22, 26, 24)
    network.eval()
    with torch.no_grad():
        logits = network(torch.stack(list(volumes)))
    np.testing.assert_allclose(found.scans["score"], logits[:, 1] - logits[:, 0], atol=1e-5)
    begun = {name: volumes[volumes.scans.index(name)].numpy() for name in found.draws["start"]}
    for row in found.draws.itertuples():
        was = found.inputs[row.draw - 1] - found.changes[row.draw - 1]
        np.testing.assert_allclose(was, begun[row.start], atol=1e-5)
    # plain numbers and names, which json would refuse otherwise
    json.dumps(json.loads(found.draws.to_json()))


def test_another_networks_answer_to_an_ideal_input_is_a_score_like_any():
    scans = brains()
    weights = torch.randn(2, 1, 11, 9, 13, dtype=torch.float64, generator=torch.Generator().manual_seed(6))

    class Other(nn.Module):
        def forward(self, volumes):
            return volumes.flatten(1) @ weights.flatten(1).T

    known = training_brains(scans)
    found = maximise_activation(Other(), scans, 0, draws=2, iterations=3, brains=known)
    ours = target_scores(Other(), torch.from_numpy(found.inputs).double(), 0)
    np.testing.assert_allclose(ours, found.draws["score_after"], rtol=1e-4)
