import json
import logging

import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.errors import InputError
from voxplain.store import Volumes, write_store
from voxplain.training import one_split
from voxplain.training.one_split import train_split
from voxplain.training.trained import read_trained, write_trained

SHAPE = (22, 26, 24)
SCANS = [f"sub-{number:02d}" for number in range(15)]
ROLES = ["train"] * 9 + ["validation"] * 3 + ["test"] * 3
EXPERIMENT = {
    "input": "affine",
    "mask": "none",
    "network": {"name": "mrinet", "width": 2},
    "training": {"epochs": 2, "batch": 3, "optimiser": "adam", "learning_rate": 1e-3, "threads": 1},
    "augmentation": {},
    "device": "cpu",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "affine.h5"
    rows = (
        (scan, scan, np.random.default_rng(n).standard_normal(SHAPE), np.ones(SHAPE)) for n, scan in enumerate(SCANS)
    )
    write_store(path, rows, np.eye(4), "mni152", {})
    return path


@pytest.fixture
def train(store, tmp_path):
    """Train the one split of made noise with these labels, and so on."""

    def one(labels=None, classes=("F", "M"), training=None, **rest):
        labels = [number % 2 for number in range(15)] if labels is None else labels
        table = pd.DataFrame({"scan": SCANS, "subject": SCANS, "label": labels, "split": "r1f1", "role": ROLES})
        table.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
        experiment = EXPERIMENT | {"training": EXPERIMENT["training"] | (training or {})}
        return train_split(
            store, tmp_path / "folds.tsv", "r1f1", 3, name="made", experiment=experiment, classes=classes, **rest
        )

    return one


def read_back(one, folder):
    write_trained(folder / "one.pt", folder / "one.card.json", one.weights, one.card, one.fitted)
    return read_trained(folder / "one.pt", folder / "one.card.json")


def same(one, other):
    return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_a_split_of_three_classes_leaves_a_network_of_three_logits(train, tmp_path):
    one = train([number % 3 for number in range(15)], ["AD", "MCI", "CN"])
    network, card = read_back(one, tmp_path)
    assert card["task"] == "multiclass" and card["classes"] == ["AD", "MCI", "CN"] and "target" not in card
    assert network(torch.zeros(2, 1, *SHAPE)).shape == (2, 3)


def test_a_regression_leaves_what_its_labels_were_scaled_by_which_is_of_the_training_scans(train, tmp_path):
    ages = [60.5 + number**1.5 for number in range(15)]
    one = train(ages, [])
    network, card = read_back(one, tmp_path)
    assert card["task"] == "regression" and card["classes"] == []
    assert card["target"] == {"mean": pytest.approx(np.mean(ages[:9])), "sd": pytest.approx(np.std(ages[:9]))}
    assert network(torch.zeros(2, 1, *SHAPE)).shape == (2, 1)
    assert {"train_mae", "validation_r2"} <= set(one.rows)


def test_what_is_chosen_lies_over_the_experiment_and_is_on_the_card(train):
    one = train(chosen={"training.learning_rate": 5e-3, "network.width": 3})
    assert one.card["training"]["learning_rate"] == 5e-3 and one.card["network"] == {"name": "mrinet", "width": 3}
    assert one.rows["learning_rate"].tolist() == [5e-3, 5e-3]
    assert EXPERIMENT["network"]["width"] == 2


def test_the_encoder_that_a_training_starts_from_is_in_the_network_before_the_first_step(train, monkeypatch):
    started = {}

    def fit(network, *rest, **more):
        started.update({name: value.clone() for name, value in network.features.state_dict().items()})
        return {}, pd.DataFrame({"epoch": [1], "best": [1]})

    given = {name.removeprefix("features."): value for name, value in train().weights.items() if "features." in name}
    monkeypatch.setattr(one_split, "fit", fit)
    train(start=given)
    assert started.keys() == given.keys() and all(torch.equal(started[name], given[name]) for name in given)


def test_labels_dealt_out_anew_are_those_that_it_learns(train, monkeypatch):
    learned = {}

    def fit(network, train, train_labels, validation, validation_labels, **more):
        learned.update(zip(train.scans, train_labels, strict=True))
        return {}, pd.DataFrame({"epoch": [1], "best": [1]})

    monkeypatch.setattr(one_split, "fit", fit)
    anew = {scan: 1 - number % 2 for number, scan in enumerate(SCANS[:9])}
    assert train(relabelled=anew, arm="permuted1").card["arm"] == "permuted1" and learned == anew


def test_without_dropout_a_step_does_not_depend_on_the_dropout_it_would_have_had(train):
    plain, none = (train(chosen={"network.dropout": share}) for share in (0.5, 0.0))
    assert not same(plain, none) and same(train(dropout=False), none)


def test_covariates_are_scaled_by_the_training_scans_and_go_beside_their_volumes(train, tmp_path, monkeypatch):
    ages = 60.0 + np.arange(15)
    table = pd.DataFrame({"scan": SCANS, "Age": ages, "Gender": ["F", "M", "M"] * 5})
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    given, network = {}, one_split.built

    def fit(network, *rest, covariates, **more):
        given.update(zip(("train", "validation"), covariates, strict=True))
        return {}, pd.DataFrame({"epoch": [1], "best": [1]})

    monkeypatch.setattr(one_split, "fit", fit)
    monkeypatch.setattr(one_split, "built", lambda card, **more: network({**card, "covariates": None}, **more))
    asked = {"Age": "number", "Gender": {"F": 1, "M": 0}}
    card = train(scans=tmp_path / "scans.tsv", chosen={"covariates": asked}).card
    assert card["covariates"]["Age"]["mean"] == pytest.approx(ages[:9].mean())
    scaled = (ages - ages[:9].mean()) / ages[:9].std(ddof=1)
    expected = np.stack([scaled, [1, 0, 0] * 5], 1)
    assert given["train"].numpy() == pytest.approx(expected[:9]) and given["validation"].numpy() == pytest.approx(
        expected[9:12]
    )


def test_the_card_is_plain_and_names_the_preset(train):
    card = train(training={"preset": "demo"}).card
    assert card["preset"] == "demo" and json.loads(json.dumps(card))["task"] == "binary"


def test_a_validation_scan_changes_nothing_that_is_learnt(train, store, monkeypatch):
    plain, seen = train(training={"keep": "last"}), Volumes.__getitem__

    def changed(self, place):
        volume = seen(self, place)
        return volume + 100 * (self.scans[place] in SCANS[9:])

    monkeypatch.setattr(Volumes, "__getitem__", changed)
    other = train(training={"keep": "last"})
    assert same(plain, other) and plain.rows["train_loss"].equals(other.rows["train_loss"])
    assert not plain.rows["validation_loss"].equals(other.rows["validation_loss"])


def test_a_loss_that_is_not_finite_is_one_line_with_its_scans(train, monkeypatch):
    monkeypatch.setattr(Volumes, "__getitem__", lambda self, place: torch.full((1, *SHAPE), torch.inf))
    with pytest.raises(InputError, match=r"epoch 1: the loss is nan on sub-\d\d, sub-\d\d, sub-\d\d; look at these"):
        train()


def test_a_killed_training_goes_on_from_its_checkpoint(train, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    whole = train()
    path = tmp_path / "one.checkpoint"
    train(checkpoint=path)
    assert same(whole, train(checkpoint=path)) and "training goes on after epoch 2" in caplog.text


def test_the_card_says_how_many_scans_fitted_the_memory_at_once(train, monkeypatch):
    assert "scans_at_once" not in train().card

    class Short(one_split.Pieces):
        def __init__(self):
            self.most = 2

    monkeypatch.setattr(one_split, "Pieces", Short)
    assert train().card["scans_at_once"] == 2
