import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from voxplain.errors import InputError
from voxplain.insight.transfer import learning_table, moved_weights, transfer_table
from voxplain.networks.build import build
from voxplain.training.predictions import empty_predictions


def told(right, n=60, seed=0, splits=3):
    """Predictions of n subjects, over splits, by a model that is right so often."""
    rng, label = np.random.default_rng(seed), np.arange(n) % 2
    sure = rng.uniform(0.5, 1, n)
    probability = np.where((rng.random(n) < right) == (label == 1), sure, 1 - sure)
    names = [f"sub-{number:02d}" for number in range(n)]
    table = pd.DataFrame({"scan": names, "subject": names, "group": names, "seed": 1, "label": label})
    table["split"] = [f"r1f{1 + number // 2 % splits}" for number in range(n)]
    return table.assign(
        predicted=(probability >= 0.5).astype(int), probability_0=1 - probability, probability_1=probability
    )


def amounts(error, n=40, seed=0):
    label = np.random.default_rng(9).normal(50, 10, n)
    return (
        told(0.5, n, splits=2)
        .drop(columns=["probability_0", "probability_1"])
        .assign(label=label, predicted=label + np.random.default_rng(seed).normal(0, error, n))
    )


def test_arms_are_scored_as_scikit_learn_does_and_their_difference_is_that_of_the_means():
    one, other = told(0.9, seed=1), told(0.6, seed=2)
    table = transfer_table(one, other, bootstrap=200).set_index("measure")
    scores = {"balanced_accuracy": (balanced_accuracy_score, "predicted"), "roc_auc": (roc_auc_score, "probability_1")}
    for measure, (score, column) in scores.items():
        values = [
            np.array([score(rows["label"], rows[column]) for _, rows in arm.groupby("split")]) for arm in (one, other)
        ]
        row = table.loc[measure]
        assert row["pretrained"] == pytest.approx(values[0].mean()) and row["anew"] == pytest.approx(values[1].mean())
        assert row["difference"] == pytest.approx(row["pretrained"] - row["anew"])
        assert row["sd"] == pytest.approx(np.std(values[0] - values[1], ddof=1))
        assert row["splits"] == 3 and row["splits_better"] == (values[0] > values[1]).sum()
        assert row["low"] < row["difference"] < row["high"]
    assert (table["paired_by"] == "split").all() and (table["scans"] == 60).all()


def test_a_gain_is_told_from_none_and_a_loss_is_said_to_be_one():
    good, bad = told(1.0, n=120, seed=1), told(0.5, n=120, seed=2)
    assert transfer_table(good, bad, 300).set_index("measure").loc["balanced_accuracy", "better"] == "yes"
    assert transfer_table(bad, good, 300).set_index("measure").loc["balanced_accuracy", "better"] == "no"
    same = transfer_table(bad, bad, 300).set_index("measure").loc["balanced_accuracy"]
    assert same["better"] == "undecided" and same["low"] == same["high"] == same["difference"] == 0


def test_a_smaller_error_of_an_amount_is_better():
    near, far = amounts(2.0, seed=1), amounts(15.0, seed=2)
    table = transfer_table(near, far, bootstrap=200).set_index("measure")
    assert table.loc["mae", "difference"] < 0 and table.loc["mae", "better"] == "yes"
    assert table.loc["mae", "splits_better"] == table.loc["r2", "splits_better"] == 2
    expected = np.mean([r2_score(rows["label"], rows["predicted"]) for _, rows in near.groupby("split")])
    assert table.loc["r2", "pretrained"] == pytest.approx(expected)


def test_the_same_seed_gives_the_same_table():
    one, other = told(0.9, seed=1), told(0.6, seed=2)
    pd.testing.assert_frame_equal(transfer_table(one, other, 50), transfer_table(one, other, 50))


def test_arms_of_other_folds_are_paired_by_scan_and_no_split_is_compared():
    table = transfer_table(told(0.9, seed=1), told(0.6, seed=2, splits=2), bootstrap=50)
    assert (table["paired_by"] == "scan").all() and (table["splits"] == 0).all() and table["sd"].isna().all()


def test_an_arm_that_held_out_no_scan_leaves_the_difference_undefined():
    table = transfer_table(told(0.9), empty_predictions(2), bootstrap=50)
    assert (table["better"] == "undefined").all() and (table["scans"] == 0).all() and table["anew"].isna().all()


def test_classes_and_amounts_are_not_compared():
    with pytest.raises(InputError, match="the pretrained arm tells 2 classes, the other an amount") as refusal:
        transfer_table(told(0.9), amounts(1.0))
    assert "\n" not in str(refusal.value)


def history(*losses):
    return pd.DataFrame({"epoch": range(1, len(losses) + 1), "validation_loss": losses})


def test_an_arm_that_begins_better_is_told_by_its_first_epoch_and_when_it_matched_the_other():
    table = learning_table(
        {"r1f1": history(0.6, 0.45, 0.2), "r1f2": history(0.9, 0.8, 0.7), "r1f4": history(0.1)},
        {"r1f1": history(0.8, 0.5, 0.6), "r1f2": history(0.9, 0.5, 0.6), "r1f3": history(0.1)},
    )
    assert list(table["split"]) == ["r1f1", "r1f2"]
    first, second = table.to_dict("records")
    assert first["jump_start"] == pytest.approx(0.2) and first["epochs_to_match"] == 2
    assert (first["best_epoch_pretrained"], first["best_epoch_anew"]) == (3, 2) and first["best_loss_anew"] == 0.5
    assert second["jump_start"] == 0 and np.isnan(second["epochs_to_match"])


def test_without_validation_scans_nothing_is_said_of_learning():
    table = learning_table({"r1f1": history(np.nan, np.nan)}, {"r1f1": history(np.nan, 0.5)})
    assert table[["first_loss_pretrained", "jump_start", "epochs_to_match"]].isna().all(axis=None)


def test_weights_that_stayed_have_moved_by_nothing_and_those_that_turned_round_by_twice_their_length():
    torch.manual_seed(1)
    network = build("mrinet", (22, 26, 24), width=2)
    start = {name: value.clone() for name, value in network.features.state_dict().items()}
    with torch.no_grad():
        network.features.conv2.weight.neg_()
        network.features.conv3.weight.mul_(3)
    table = moved_weights(start, network.state_dict()).set_index("weight")
    still, turned, longer = (table.loc[f"conv{number}.weight"] for number in (1, 2, 3))
    assert (still["distance"], turned["distance"]) == (0, pytest.approx(2)) and still["cosine"] == pytest.approx(1)
    assert turned["cosine"] == pytest.approx(-1) and longer["cosine"] == pytest.approx(1)
    assert longer["distance"] == pytest.approx(2) and not table.index.str.contains("running").any()
    assert np.isnan(table.loc["norm1.bias", "distance"]), "batch norm begins with a bias of zeros"


def test_an_encoder_of_another_network_is_refused():
    start = build("mrinet", (22, 26, 24), width=4).features.state_dict()
    with pytest.raises(InputError, match="features.conv1.weight: the trained network has no such weight of that shape"):
        moved_weights(start, build("mrinet", (22, 26, 24), width=2).state_dict())
