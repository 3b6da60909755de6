"""A normalisation that was fitted on the training scans stands before the network wherever it looks at a scan."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from scripts import randomise_model as randomising
from scripts.explain_split import explain_split
from scripts.predict_experiment import predict_experiment
from scripts.randomise_model import randomise_model
from voxplain.attribution.maps import read_maps
from voxplain.errors import InputError
from voxplain.sanity.untrained import untrained_maps
from voxplain.store import Volumes, write_store
from voxplain.training.one_split import train_split
from voxplain.training.streams import seed_of
from voxplain.training.trained import built, read_card, read_trained, shown_volumes, write_trained

SHAPE = (22, 24, 23)
SCANS = [f"sub-{number}" for number in range(10)]
TRAIN, TEST = SCANS[:6], SCANS[8:]
EXPERIMENT = {
    "input": "affine",
    "mask": "brain",
    "network": {"name": "mrinet", "width": 2},
    "training": {"epochs": 1, "batch": 2, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1},
    "augmentation": {},
    "device": "cpu",
    "normalisation": "voxel_zscore",
    "normalisation_scans": None,
}
GRADIENT = {"name": "gradient", "method": "gradient", "target": 1, "score": "logit", "options": {}}
PLAIN = {"single": False, "beside": [], "smoothed": None, "efficient": None}
SANITY = {"scans_per_split": 2, "draws": 2, "seed": 1, "untrained_per_split": 2, "randomisation": PLAIN}


def write_volumes(path, changed=None):
    def volumes():
        for number, scan in enumerate(SCANS):
            generator = np.random.default_rng(number)
            data = np.stack([generator.gamma(3, 300, SHAPE), generator.normal(0, 0.1, SHAPE)])
            yield scan, scan, data * (2 if scan == changed else 1), generator.random(SHAPE) > 0.2

    write_store(path, volumes(), np.eye(4), "mni152", {}, channels=["intensity", "log_jacobian"])
    return path


def train(store, folds, folder, **changes):
    one = train_split(store, folds, "r1f1", 1, name="brain", experiment=EXPERIMENT | changes, classes=["F", "M"])
    files = folder / "r1f1_seed-1.pt", folder / "r1f1_seed-1.card.json"
    write_trained(*files, one.weights, one.card, one.fitted)
    return files


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    store = write_volumes(folder / "affine.h5")
    roles = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2
    table = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": np.arange(10) % 2, "split": "r1f1", "role": roles})
    table.to_csv(folder / "folds.tsv", sep="\t", index=False)
    weights, card = train(store, folder / "folds.tsv", folder)
    return SimpleNamespace(store=store, folds=folder / "folds.tsv", weights=weights, card=card)


@pytest.fixture(scope="module")
def by_hand(study):
    """The test scans, (2, 2, x, y, z), normalised by mean and standard deviation of the masked training scans."""
    seen = torch.stack(list(Volumes(study.store, TRAIN, "brain"))).double()
    volumes = torch.stack(list(Volumes(study.store, TEST, "brain"))).double()
    spread = seen.std(0, correction=0)
    return torch.where(spread > 0, (volumes - seen.mean(0)) / (spread + 1e-10), 0).float()


def test_predictions_are_of_the_normalised_volumes(study, by_hand):
    found = predict_experiment(study.store, study.folds, [study.weights], [study.card], experiment=EXPERIMENT)
    network, card = read_trained(study.weights, study.card)
    with torch.no_grad():
        expected = network(by_hand)
    np.testing.assert_allclose(found[["logit_0", "logit_1"]], expected, rtol=1e-3, atol=1e-4)
    assert card["normalisation"] == "voxel_zscore" and card["channels"] == 2


def test_maps_are_with_respect_to_the_normalised_volumes_one_for_each_channel(study, by_hand, tmp_path):
    given = study.store, study.folds, study.weights, study.card, tmp_path / "maps.h5"
    explain_split(*given, experiment=EXPERIMENT, method=GRADIENT)
    found = read_maps(tmp_path / "maps.h5")
    network, _ = read_trained(study.weights, study.card)
    leaf = by_hand[1:].clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(leaf)[0, 1], leaf)
    assert found.channels.shape == (2, 2, *SHAPE) and found.about["channels"] == ["intensity", "log_jacobian"]
    np.testing.assert_allclose(found.channels[1], expected[0], rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(found.maps[1], expected[0].sum(0), rtol=1e-3, atol=1e-7)


def test_the_randomised_network_is_shown_the_normalised_volumes(study, by_hand, monkeypatch):
    seen = {}

    def cascade_rows(network, volumes, classes, method, field, **rest):
        seen.update(volumes=torch.stack(list(volumes)), scans=volumes.scans, field=field)
        return []

    monkeypatch.setattr(randomising, "cascade_rows", cascade_rows)
    given = study.store, study.folds, [study.weights], [study.card]
    randomise_model(*given, experiment=EXPERIMENT, method=GRADIENT, sanity=SANITY)
    expected = by_hand[[TEST.index(scan) for scan in seen["scans"]]]
    assert len(expected) and seen["field"].any()
    torch.testing.assert_close(seen["volumes"], expected, rtol=1e-3, atol=1e-4)


def test_the_untrained_network_is_shown_what_the_trained_one_is(study, by_hand, tmp_path):
    given = study.store, study.folds, study.weights, study.card, tmp_path / "maps.h5"
    explain_split(*given, experiment=EXPERIMENT, method=GRADIENT)
    source, card = read_maps(tmp_path / "maps.h5"), read_card(study.card)
    source.predicted[:] = source.label
    settings = {"experiment": EXPERIMENT, "method": GRADIENT, "sanity": SANITY}
    found = untrained_maps(study.store, study.weights, card, source, **settings)
    torch.manual_seed(seed_of(SANITY["seed"], "r1f1"))
    network = built(card).eval()
    place = TEST.index(found.scan[0])
    leaf = by_hand[place : place + 1].clone().requires_grad_()
    (expected,) = torch.autograd.grad(network(leaf)[0, 1], leaf)
    np.testing.assert_allclose(found.maps[0], expected[0].sum(0), rtol=1e-3, atol=1e-7)


def test_a_changed_test_scan_changes_no_byte_of_weights_or_normalisation(study, tmp_path):
    store = write_volumes(tmp_path / "affine.h5", changed=TEST[0])
    weights, _ = train(store, study.folds, tmp_path)
    assert weights.read_bytes() == study.weights.read_bytes()


def test_the_weights_open_without_pickle_and_lack_of_what_was_fitted_is_one_line(study, tmp_path):
    saved = torch.load(study.weights, weights_only=True)
    assert {name for name in saved if name.startswith("normalisation.")} == {
        "normalisation.mean",
        "normalisation.spread",
    }
    bare = {name: tensor for name, tensor in saved.items() if not name.startswith("normalisation.")}
    torch.save(bare, tmp_path / "bare.pt")
    with pytest.raises(InputError, match="bare.pt: what voxel_zscore fitted is not with the weights"):
        shown_volumes(study.store, TEST, "brain", tmp_path / "bare.pt", read_card(study.card))


def test_without_a_normalisation_nothing_is_added_to_weights_or_card(study, tmp_path):
    weights, card = train(study.store, study.folds, tmp_path, normalisation="none")
    assert not any(
        name.startswith("normalisation") for name in [*torch.load(weights, weights_only=True), *read_card(card)]
    )
