"""Networks with a loss of their own go through a whole split as all others do."""

import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.store import Volumes, write_store
from voxplain.training.one_split import train_split
from voxplain.training.predictions import predicted_outputs
from voxplain.training.trained import read_trained, write_trained

SCANS = [f"sub-{number}" for number in range(8)]
ROLES = ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
TRAINING = {"epochs": 2, "batch": 2, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1}
CASES = [
    ({"name": "vae_age", "width": 1, "latent": 2}, (61, 61, 61), ("young", "old")),
    ({"name": "slab_cnn", "width": 2}, (22, 7, 24), ("young", "middle", "old")),
    ({"name": "slab_resnet", "width": 2}, (22, 7, 24), ()),
]


@pytest.mark.parametrize(("network", "shape", "classes"), CASES)
def test_it_trains_the_same_twice_comes_back_from_its_card_and_predicts(network, shape, classes, tmp_path):
    noise = np.random.default_rng(1)
    write_store(
        tmp_path / "own.h5",
        ((scan, scan, noise.standard_normal(shape), np.ones(shape)) for scan in SCANS),
        np.eye(4),
        "made",
        {},
    )
    labels = [number % len(classes) for number in range(8)] if classes else [20.5 + number for number in range(8)]
    table = {"scan": SCANS, "subject": SCANS, "label": labels, "split": "r1f1", "role": ROLES}
    pd.DataFrame(table).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    experiment = {"input": "own", "mask": "none", "network": network, "training": TRAINING, "augmentation": {}}
    options = {"name": "own", "experiment": experiment | {"device": "cpu"}, "classes": classes}
    one, again = (train_split(tmp_path / "own.h5", tmp_path / "folds.tsv", "r1f1", 3, **options) for _ in range(2))
    assert all(torch.equal(one.weights[name], again.weights[name]) for name in one.weights)
    assert np.isfinite(one.rows[["train_loss", "validation_loss"]]).all(axis=None)
    write_trained(tmp_path / "own.pt", tmp_path / "own.json", one.weights, one.card, one.fitted)
    trained, _ = read_trained(tmp_path / "own.pt", tmp_path / "own.json")
    logits, votes = predicted_outputs(trained, Volumes(tmp_path / "own.h5", SCANS[6:]))
    assert logits.shape == (2, len(classes) or 1)
    if network["name"] == "slab_cnn":
        assert votes.sum(1).tolist() == [1, 1]
    else:
        assert votes is None
