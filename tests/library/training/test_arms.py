import numpy as np
import pandas as pd
import pytest

from voxplain.errors import InputError
from voxplain.training import arms
from voxplain.training.arm_table import arm_names, arm_table
from voxplain.training.arms import arm_labels, train_arm
from voxplain.training.trained import built

EXPERIMENT = {
    "input": "made",
    "mask": "none",
    "network": {"name": "mrinet", "width": 4},
    "training": {"epochs": 1, "batch": 8, "optimiser": "adamw", "learning_rate": 3e-3, "patience": 1, "threads": 1},
    "augmentation": {"flip": 0.5},
    "device": "cpu",
}


@pytest.fixture
def study(make_volumes, tmp_path):
    """A store of 72 scans, 24 of them to learn from, and the folds of one split."""

    def make(strength):
        volumes, labels = make_volumes(72, strength=strength)
        role = ["train"] * 24 + ["validation"] * 8 + ["test"] * 40
        table = pd.DataFrame({"scan": volumes.scans, "subject": volumes.scans, "group": volumes.scans, "label": labels})
        table.assign(split="r1f1", role=role).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
        return volumes.path, tmp_path / "folds.tsv"

    return make


def of_arm(study, arm, **changes):
    given = {"scans": [], "training": {"epochs": 15}, "name": "made", "classes": ["F", "M"]} | changes
    return train_arm(*study, "r1f1", 1, arm, experiment=EXPERIMENT, **given)


def test_permuted_labels_are_learned_by_heart_and_nothing_is_known_of_held_out_scans(study):
    paths, scores = study(2.0), {}
    for arm in arm_names(5):
        found = {row["measure"]: row for row in of_arm(paths, arm).card["scores"]}
        scores[arm] = found["balanced_accuracy"]
    permuted = [score for arm, score in scores.items() if arm != "true"]
    assert all(score["training"] >= 0.95 for score in scores.values())
    assert scores["true"]["held_out"] > 0.9
    # 40 scans an arm, 200 in all, of one cohort: far from what the true labels give, and around a half
    assert abs(np.mean([score["held_out"] for score in permuted]) - 0.5) < 0.15


def test_an_arm_stops_for_nothing_augments_nothing_and_keeps_the_last_epoch(study, monkeypatch):
    given, train_split = {}, arms.train_split

    def watched(*places, **rest):
        given.update(rest)
        return train_split(*places, **rest)

    monkeypatch.setattr(arms, "train_split", watched)
    one = of_arm(study(0.0), "permuted1", training={"epochs": 3})
    assert given["experiment"]["augmentation"] == {} and given["dropout"] is False
    assert len(one.rows) == 3 and one.rows["best"].tolist() == [0, 0, 1]
    assert one.card["arm"] == "permuted1" and one.card["best_epoch"] == 3
    assert EXPERIMENT["training"]["patience"] == 1, "the settings that were given are as they were"


def test_only_labels_of_training_scans_are_permuted(study):
    paths = study(0.0)
    folds = pd.read_csv(paths[1], sep="\t", dtype={"scan": str})
    learned = folds[folds["role"] == "train"]
    labels = arm_labels(learned, "permuted1", "r1f1", 1)
    true = dict(zip(learned["scan"], learned["label"], strict=True))
    assert set(labels) == set(true) and labels != true
    assert sorted(labels.values()) == sorted(true.values())
    assert arm_labels(learned, "true", "r1f1", 1) == true


def test_scans_of_a_group_keep_one_label_and_groups_exchange_them():
    groups = [f"g{number // 3}" for number in range(30)]
    rows = pd.DataFrame({"scan": [f"s{n:02d}" for n in range(30)], "group": groups, "subject": "x"})
    rows["label"] = [int(group[1:]) % 2 for group in groups]
    labels = rows["scan"].map(arm_labels(rows, "permuted2", "r1f1", 1))
    assert (labels.groupby(rows["group"]).nunique() == 1).all()
    assert labels.sum() == rows["label"].sum() and (labels != rows["label"]).any()


def test_every_arm_split_and_seed_has_a_permutation_of_its_own_whatever_the_order_of_the_rows():
    rows = pd.DataFrame({"scan": [f"s{n:02d}" for n in range(40)], "label": [n % 2 for n in range(40)]})
    rows["group"] = rows["subject"] = rows["scan"]
    keys = [("permuted1", "r1f1", 1), ("permuted2", "r1f1", 1), ("permuted1", "r1f2", 1), ("permuted1", "r1f1", 2)]
    found = [tuple(arm_labels(rows, *key)[scan] for scan in rows["scan"]) for key in keys]
    assert len(set(found)) == 4
    assert arm_labels(rows[::-1], *keys[0]) == arm_labels(rows, *keys[0])


def test_an_amount_is_permuted_whole():
    rows = pd.DataFrame({"scan": list("abcdef"), "label": [20.5, 31.0, 44.5, 52.0, 63.5, 70.0]})
    rows["group"] = rows["subject"] = rows["scan"]
    assert sorted(arm_labels(rows, "permuted1", "r1f1", 1).values()) == rows["label"].tolist()


def test_scores_are_those_of_the_weights_by_an_independent_count(study):
    import torch

    from voxplain.store import Volumes

    paths = study(2.0)
    one = of_arm(paths, "permuted3", training={"epochs": 4})
    network = built(one.card)
    network.load_state_dict(one.weights)
    folds = pd.read_csv(paths[1], sep="\t").query("role == 'test'")
    with torch.no_grad():
        said = network.eval()(torch.stack(list(Volumes(paths[0], folds["scan"])))).argmax(1).numpy()
    accuracy = next(row for row in one.card["scores"] if row["measure"] == "accuracy")
    assert accuracy["held_out"] == pytest.approx((said == folds["label"].to_numpy()).mean())


def test_the_table_has_a_row_for_each_arm_and_measure_and_none_of_an_empty_split(study):
    cards = [of_arm(study(0.0), arm, training={"epochs": 1}).card for arm in ("true", "permuted1")]
    empty = {key: value for key, value in cards[0].items() if key != "scores"} | {"empty": "nobody held out"}
    table = arm_table([*cards, empty])
    assert table["arm"].tolist() == ["true"] * 3 + ["permuted1"] * 3
    assert table["measure"].tolist() == 2 * ["accuracy", "balanced_accuracy", "roc_auc"]
    assert table["training_scans"].eq(24).all() and table["held_out_scans"].eq(40).all()


def test_an_arm_that_is_not_there_is_refused_in_one_line():
    rows = pd.DataFrame({"scan": ["a"], "group": ["a"], "label": [0]})
    with pytest.raises(InputError, match='no arm is called "shuffled"; use true or permuted1'):
        arm_labels(rows, "shuffled", "r1f1", 1)
    assert arm_names(0) == [] and arm_names(2) == ["true", "permuted1", "permuted2"]
