import numpy as np
import pandas as pd
import pytest
import torch

from voxplain.cohort.folds import Folds
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.other_cohorts import cohort_predictions, cohort_scores, mean_of_networks
from voxplain.training.trained import read_trained, write_trained

SHAPE = (22, 24, 26)
SPLITS = ["r1f1", "r1f2"]
OTHER = [f"sub-{subject}_ses-3tm12" for subject in ("p0", "p1", "new", "more")]


@pytest.fixture
def study(tmp_path):
    """Networks of two splits, normalised by landmarks of their own, and a store and folds of four other scans."""

    def store(name, scans):
        def volumes():
            for scan in scans:
                data = np.random.default_rng([7, *scan.encode()]).random(SHAPE)
                yield scan, scan.split("_")[0], data, np.ones(SHAPE)

        write_store(tmp_path / name, volumes(), np.eye(4), "mni152", {})
        return tmp_path / name

    weights, cards = [], []
    for split in SPLITS:
        for seed in (1, 2):
            torch.manual_seed(len(weights))
            weights.append(tmp_path / f"{split}_{seed}.pt")
            cards.append(tmp_path / f"{split}_{seed}.card.json")
            card = {"network": {"name": "mrinet", "width": 2}, "input_shape": SHAPE, "classes": ["F", "M"]}
            card |= {"split": split, "seed": seed, "normalisation": "voxel_zscore"}
            found = {"mean": torch.rand(1, *SHAPE), "spread": torch.rand(1, *SHAPE) + 0.5}
            write_trained(weights[-1], cards[-1], build("mrinet", SHAPE, width=2).state_dict(), card, found)
    own = [f"sub-p{number}" for number in range(6)]
    parts = []
    for place, split in enumerate(SPLITS):
        fitted = [scan for scan in own if int(scan[-1]) % 2 != place]
        judged = [scan for scan in OTHER if scan.split("_")[0] not in fitted]
        for role, scans in (("train", fitted), ("test", judged)):
            subjects = [scan.split("_")[0] for scan in scans]
            labels = [int("p1" in scan or "p2" in scan or "p5" in scan or "new" in scan) for scan in scans]
            rows = {"scan": scans, "subject": subjects, "group": subjects, "label": labels, "split": split}
            parts.append(pd.DataFrame(rows | {"role": role}))
    folds = Folds(pd.concat(parts, ignore_index=True))
    return {"make": store, "folds": folds, "weights": weights, "cards": cards}


def predict(study, scans=tuple(OTHER), name="other.h5", **changed):
    given = {key: study[key] for key in ("folds", "weights", "cards")} | changed
    store = study["make"](name, scans)
    return cohort_predictions(store, scans=None, mask="none", classes=["F", "M"], **given), store


def test_every_network_judges_those_whom_it_has_not_seen_and_says_how_many_do(study):
    told, _ = predict(study)
    by_scan = told.groupby("scan")["split"].agg(lambda splits: sorted(set(splits))).to_dict()
    assert by_scan == {OTHER[0]: ["r1f1"], OTHER[1]: ["r1f2"], OTHER[2]: SPLITS, OTHER[3]: SPLITS}
    assert told.groupby("scan")["networks"].unique().map(list).to_dict() == {
        OTHER[0]: [2], OTHER[1]: [2], OTHER[2]: [4], OTHER[3]: [4],
    }  # fmt: skip


def test_a_scan_is_judged_alike_whoever_else_is_in_the_cohort_and_by_the_networks_own_normalisation(study):
    told, store = predict(study)
    alone, _ = predict(study, [OTHER[2]], "alone.h5")
    keys = ["scan", "split", "seed"]
    both = alone.merge(told, on=keys, suffixes=("", "_all"))
    assert len(both) == 4
    np.testing.assert_allclose(both[["logit_0", "logit_1"]], both[["logit_0_all", "logit_1_all"]], atol=1e-5)
    network, card = read_trained(study["weights"][0], study["cards"][0])
    found = torch.load(study["weights"][0], weights_only=True)
    volume = Volumes(store, [OTHER[2]])[0]
    shown = (volume - found["normalisation.mean"]) / (found["normalisation.spread"] + 1e-10)
    with torch.no_grad():
        logits = network(shown[None])[0].numpy()
    row = told[(told["scan"] == OTHER[2]) & (told["split"] == card["split"]) & (told["seed"] == card["seed"])]
    np.testing.assert_allclose(row[["logit_0", "logit_1"]].to_numpy()[0], logits, atol=1e-5)


def test_the_mean_is_that_of_the_probabilities_of_the_networks_that_judged_a_scan(study):
    told, _ = predict(study)
    mean = mean_of_networks(told)
    assert mean["scan"].tolist() == sorted(OTHER) and set(mean["split"]) == {"mean"}
    for row in mean.itertuples():
        of_scan = told.loc[told["scan"] == row.scan, ["probability_0", "probability_1"]]
        assert [row.probability_0, row.probability_1] == pytest.approx(of_scan.mean().tolist())
        assert row.predicted == int(row.probability_1 > row.probability_0) and row.networks == len(of_scan)
        both = np.exp([row.logit_0, row.logit_1])
        assert (both / both.sum()).tolist() == pytest.approx([row.probability_0, row.probability_1])


def test_the_mean_of_amounts_is_that_of_the_amounts():
    told = pd.DataFrame({"scan": ["a", "a", "b"], "subject": ["a", "a", "b"], "group": ["a", "a", "b"]})
    told = told.assign(split=["r1f1", "r1f2", "r1f1"], seed=1, label=[60.0, 60, 70], predicted=[50.0, 60, 75])
    mean = mean_of_networks(told.assign(networks=[2, 2, 1]))
    assert mean[["scan", "label", "predicted", "networks"]].to_numpy().tolist() == [["a", 60, 55, 2], ["b", 70, 75, 1]]


def test_networks_their_mean_and_size_are_scored_and_size_learns_from_the_studys_scans_alone(study):
    told, _ = predict(study)
    own = pd.DataFrame({"scan": [f"sub-p{number}" for number in range(6)]})
    own["brain_volume_ml"] = [1000.0 + 200 * (number in (1, 2, 5)) for number in range(6)]
    scans = pd.DataFrame({"scan": OTHER, "brain_volume_ml": [1000.0, 1200, 1200, 1000]})
    tables = [one.assign(brain_volume_input_ml_affine=one["brain_volume_ml"]) for one in (own, scans)]
    how = {"input_name": "affine", "classes": ["F", "M"], "bootstrap": 10, "seed": 1}
    scores = cohort_scores(told, study["folds"].table, *tables, **how)
    accuracy = scores[(scores["measure"] == "accuracy") & (scores["split"] == "all")].set_index("model")
    assert accuracy.index.tolist() == ["network", "network_mean", "size", "native_size"]
    assert accuracy.loc["size", "value"] == 1 and accuracy["n"].tolist() == [4, 4, 4, 4]
    # Sizes of the cohort told the other way round are told wrong: nothing of it was learned.
    tables[1] = tables[1].assign(brain_volume_input_ml_affine=[1200.0, 1000, 1000, 1200])
    turned = cohort_scores(told, study["folds"].table, *tables, **how).set_index(["model", "measure", "split"])
    assert turned.loc[("size", "accuracy", "all"), "value"] == 0


def test_a_cohort_of_one_class_has_an_accuracy_and_no_roc_auc(study):
    table = study["folds"].table
    ones = table[(table["role"] != "test") | (table["label"] == 1)]
    told, _ = predict(study, folds=Folds(ones))
    scans = pd.DataFrame({"scan": OTHER, "brain_volume_ml": 1.0, "brain_volume_input_ml_affine": 1.0})
    how = {"input_name": "affine", "classes": ["F", "M"], "bootstrap": 10, "seed": 1}
    own = pd.DataFrame({"scan": [], "brain_volume_ml": [], "brain_volume_input_ml_affine": []})
    scores = cohort_scores(told, ones, own, scans, **how).set_index(["model", "measure", "split"])
    assert scores.loc[("network_mean", "accuracy", "all"), "value"] in (0, 0.5, 1)
    assert np.isnan(scores.loc[("network_mean", "roc_auc", "all"), "value"])


def test_a_study_whose_splits_are_all_empty_tells_nothing_of_a_cohort(study, tmp_path):
    for weights, card in zip(study["weights"], study["cards"], strict=True):
        write_trained(weights, card, None, {"split": "r1f1", "seed": 1, "empty": "nobody left"})
    told, _ = predict(study)
    assert told.empty and "networks" in told and mean_of_networks(told).empty


def test_amounts_of_a_cohort_are_told_in_the_unit_of_the_label(study):
    table = study["folds"].table.assign(label=lambda rows: 60.0 + 10 * rows["label"])
    for place, (weights, card) in enumerate(zip(study["weights"], study["cards"], strict=True)):
        about = {"network": {"name": "mrinet", "width": 2}, "input_shape": SHAPE, "classes": [], "task": "regression"}
        about |= {"target": {"mean": 65.0, "sd": 5.0}, "split": SPLITS[place // 2], "seed": 1 + place % 2}
        write_trained(weights, card, build("mrinet", SHAPE, classes=None, width=2).state_dict(), about)
    given = {key: study[key] for key in ("weights", "cards")} | {"folds": Folds(table)}
    store = study["make"]("other.h5", OTHER)
    told = cohort_predictions(store, scans=None, mask="none", classes=[], **given)
    network, _ = read_trained(study["weights"][0], study["cards"][0])
    with torch.no_grad():
        expected = 65 + 5 * float(network(Volumes(store, [OTHER[2]])[0][None])[0, 0])
    row = told[(told["scan"] == OTHER[2]) & (told["split"] == "r1f1") & (told["seed"] == 1)].iloc[0]
    assert row["predicted"] == pytest.approx(expected, abs=1e-4) and row["label"] == 70
    sizes = pd.DataFrame({"scan": [f"sub-p{number}" for number in range(6)] + OTHER})
    sizes["brain_volume_ml"] = [1000.0, 1200, 1200, 1000, 1000, 1200, 1000, 1200, 1200, 1000]
    sizes["brain_volume_input_ml_affine"] = sizes["brain_volume_ml"]
    how = {"input_name": "affine", "classes": [], "bootstrap": 10, "seed": 1}
    scores = cohort_scores(told, table, sizes[:6], sizes[6:], **how).set_index(["model", "measure", "split"])
    assert set(scores.index.get_level_values("measure")) == {"mae", "rmse", "r2"}
    assert scores.loc[("size", "mae", "all"), "value"] == pytest.approx(0, abs=1e-6)
