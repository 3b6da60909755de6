import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.cohort.folds import read_folds
from voxplain.insight.influence import Labelled, influence_table
from voxplain.insight.tracin import tracin
from voxplain.store import Volumes, write_store
from voxplain.training import one_split
from voxplain.training.kept_epochs import read_epochs
from voxplain.training.one_split import train_split
from voxplain.training.trained import read_trained, shown_volumes, write_trained

SHAPE = (22, 26, 24)
CLASSES = ["F", "M"]
ROLES = ["train", "train", "train", "validation", "test", "test"]
EXPERIMENT = {
    "input": "affine",
    "mask": "brain",
    "labels": "sex",
    "network": {"name": "mrinet", "width": 2},
    "training": {"epochs": 2, "batch": 2, "optimiser": "adam", "learning_rate": 1e-3, "patience": 5, "threads": 1},
    "augmentation": {"flip": 0.5},
    "device": "cpu",
}


@pytest.fixture
def study(tmp_path):
    scans = [f"sub-{number}" for number in range(12)]

    def volumes():
        for number, scan in enumerate(scans[:-1]):
            data = np.random.default_rng(number).standard_normal(SHAPE)
            yield scan, scan, data, data > -1

    write_store(tmp_path / "affine.h5", volumes(), np.eye(4), "mni152", {})
    table = pd.DataFrame({"scan": scans, "subject": scans, "label": np.arange(12) // 6, "split": "r1f1"})
    empty = table.assign(split="r1f2", role=["test" if scan == scans[-1] else "train" for scan in scans])
    folds = pd.concat([table.assign(role=2 * ROLES), empty])
    folds.to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    return tmp_path / "affine.h5", tmp_path / "folds.tsv"


def trained(study, split="r1f1", **changes):
    one = train_split(*study, split, 3, name="brain", experiment=EXPERIMENT, classes=CLASSES, **changes)
    return one.weights, one.rows, one.card, one.fitted


def test_a_split_gives_weights_history_and_a_card_that_fit_together(study, tmp_path):
    weights, history, card, _ = trained(study)
    assert card["experiment"] == "brain" and card["split"] == "r1f1" and card["seed"] == 3
    assert card["classes"] == ["F", "M"] and tuple(card["input_shape"]) == SHAPE
    assert card["scans"] == {"train": 6, "validation": 2, "test": 3}
    assert card["best_epoch"] == history.loc[history["validation_loss"].idxmin(), "epoch"]
    write_trained(tmp_path / "one.pt", tmp_path / "one.card.json", weights, card)
    network, read = read_trained(tmp_path / "one.pt", tmp_path / "one.card.json")
    assert read["mask"] == "brain" and network(torch.zeros(1, 1, *SHAPE)).shape == (1, 2)


def test_epochs_that_are_asked_for_are_kept_beside_the_weights_and_influence_follows_them(study, tmp_path):
    training = EXPERIMENT["training"] | {"keep_epochs": 2}
    one = train_split(
        *study,
        "r1f1",
        3,
        name="brain",
        experiment=EXPERIMENT | {"training": training},
        classes=CLASSES,
        kept=tmp_path / "of.epochs",
    )
    write_trained(tmp_path / "of.pt", tmp_path / "of.card.json", one.weights, one.card)
    one.rows.to_csv(tmp_path / "of.history.tsv", sep="\t", index=False)
    network, card = read_trained(tmp_path / "of.pt", tmp_path / "of.card.json")
    folds = read_folds(study[1])
    labels = dict(zip(folds.table["scan"], folds.table["label"], strict=True))
    train, _, test = ([scan for scan in scans if scan != "sub-11"] for scans in folds.roles("r1f1"))
    train, shown = (
        Labelled(shown_volumes(study[0], scans, card["mask"], tmp_path / "of.pt", card), [labels[one] for one in scans])
        for scans in (train, test)
    )
    epochs = read_epochs(tmp_path / "of.epochs", tmp_path / "of.history.tsv")
    table = influence_table(tracin(network, train, shown, epochs), train, shown)
    assert len(table) == 6 * 3 and set(table["scan"]) == set(shown.volumes.scans)
    assert len(list((tmp_path / "of.epochs").iterdir())) == 2


def test_held_out_scans_are_in_no_training_and_no_validation(study, monkeypatch):
    seen = {}

    def fit(network, train, train_labels, validation, validation_labels, **rest):
        seen.update(train=train, validation=validation, labels=[*train_labels, *validation_labels])
        return {}, pd.DataFrame({"epoch": [1], "best": [1]})

    monkeypatch.setattr(one_split, "fit", fit)
    trained(study)
    roles = pd.read_csv(study[1], sep="\t").query("split == 'r1f1'").set_index("scan")
    assert set(roles.loc[seen["train"].scans, "role"]) == {"train"}
    assert set(roles.loc[seen["validation"].scans, "role"]) == {"validation"}
    assert seen["labels"] == roles.loc[[*seen["train"].scans, *seen["validation"].scans], "label"].tolist()
    assert seen["train"].masked and seen["validation"].masked


def test_the_card_says_what_the_network_does_not_see_of_the_brain(study, caplog):
    card = trained(study)[2]
    assert card["seen"] == [[0, 22], [0, 22], [0, 22]]
    # of the first training scans, whose masks are random
    scans = pd.read_csv(study[1], sep="\t").query("split == 'r1f1' and role == 'train'")["scan"].tolist()[:6]
    packed = Volumes(study[0], [scan for scan in scans if scan != "sub-11"])
    masks = np.stack([packed.mask(place).numpy() for place in range(len(packed))])
    assert card["unseen_brain"] == pytest.approx(1 - masks[:, :22, :22, :22].sum() / masks.sum(), abs=1e-4)
    assert "mrinet does not see" in caplog.text


def test_the_same_seed_gives_the_same_weights(study):
    one, other = trained(study)[0], trained(study)[0]
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_split_whose_held_out_scans_were_all_left_out_is_empty_and_named(study, tmp_path):
    weights, history, card, _ = trained(study, "r1f2")
    assert weights is None and history.empty and card["scans"]["test"] == 0
    assert "left out" in card["empty"]
    assert history.columns.tolist() == trained(study)[1].columns.tolist()
