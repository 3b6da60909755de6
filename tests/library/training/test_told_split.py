"""A split whose network is told covariates, and one whose training scans are scaled towards each other's sizes."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from scripts.explain_split import explain_split
from scripts.predict_experiment import predict_experiment
from voxplain.attribution.maps import read_maps
from voxplain.store import Volumes, write_store
from voxplain.training.one_split import train_split
from voxplain.training.trained import read_trained, write_trained

SCANS = [f"sub-{number}" for number in range(8)]
ROLES = ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
TRAINING = {"epochs": 1, "batch": 2, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1}
METHOD = {"name": "gradient", "method": "gradient", "target": 1, "score": "logit", "options": {}}


@pytest.fixture
def study(tmp_path):
    """A function that trains the one split of eight made scans of a shape, and leaves its files."""

    def made(shape, **experiment):
        def volumes():
            for place, scan in enumerate(SCANS):
                mask = np.zeros(shape)
                mask[4 : 14 + place, 4:18, 4:18] = 1
                yield scan, scan, np.random.default_rng(place).random(shape) * mask, mask

        write_store(tmp_path / "own.h5", volumes(), np.eye(4), "mni152", {})
        labels = [place % 2 for place in range(8)]
        folds = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": labels, "split": "r1f1", "role": ROLES})
        folds.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
        scans = pd.DataFrame({"scan": SCANS, "subject": SCANS, "Gender": list("FMFMFMMF"), "Age": range(20, 36, 2)})
        scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
        asked = {"input": "own", "mask": "none", "training": TRAINING, "augmentation": {}, "device": "cpu"} | experiment
        given = tmp_path / "own.h5", tmp_path / "folds.tsv"
        rest = {"name": "made", "experiment": asked, "classes": ["F", "M"], "scans": tmp_path / "scans.tsv"}
        one = train_split(*given, "r1f1", 1, **rest)
        files = tmp_path / "one.pt", tmp_path / "one.card.json"
        write_trained(*files, one.weights, one.card, one.fitted)
        return *given, tmp_path / "scans.tsv", files, asked

    return made


def test_covariates_are_told_in_training_prediction_and_explanation_alike(study, tmp_path):
    told = {"network": {"name": "s500_cnn", "width": 1}, "covariates": {"Gender": {"F": 1, "M": 0}, "Age": "number"}}
    store, folds, scans, (weights, card), asked = study((76, 76, 76), **told)
    fitted = json.loads(card.read_text())["covariates"]
    assert fitted["Age"]["mean"] == 23.0 and fitted["Gender"]["values"] == {"F": 1.0, "M": 0.0}
    network, _ = read_trained(weights, card)
    values = torch.tensor([[0.0, (32 - 23) / fitted["Age"]["sd"]], [1.0, (34 - 23) / fitted["Age"]["sd"]]])
    shown = torch.stack(list(Volumes(store, SCANS[6:])))
    expected = network(shown, values).detach().double()
    table = predict_experiment(store, folds, [weights], [card], experiment=asked, classes=["F", "M"], scans=scans)
    np.testing.assert_allclose(table[["logit_0", "logit_1"]], expected, atol=1e-5)
    explain_split(store, folds, weights, card, tmp_path / "maps.h5", experiment=asked, method=METHOD, scans=scans)
    found = read_maps(tmp_path / "maps.h5")
    np.testing.assert_allclose(found.score, expected[:, 1], atol=1e-5)
    volume = shown[1:].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(volume, values[1:])[0, 1], volume)
    np.testing.assert_allclose(found.maps[1], gradient[0, 0], atol=1e-6)


def test_scaling_towards_the_other_class_changes_training_and_nothing_else(study):
    small = {"network": {"name": "mrinet", "width": 2}}
    *_, (weights, _), _ = study((22, 24, 26), **small)
    plain = torch.load(weights, weights_only=True)
    *_, (weights, card), _ = study((22, 24, 26), augmentation={"optimal_scaling": True}, **small)
    scaled = torch.load(weights, weights_only=True)
    assert any(not torch.equal(plain[name], scaled[name]) for name in plain)
    assert json.loads(card.read_text())["augmentation"] == {"optimal_scaling": True}
    *_, (weights, _), _ = study((22, 24, 26), augmentation={"optimal_scaling": True}, **small)
    again = torch.load(weights, weights_only=True)
    assert all(torch.equal(again[name], scaled[name]) for name in scaled)
