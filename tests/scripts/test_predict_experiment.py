import json

import numpy as np
import pandas as pd
import pytest
import torch

from scripts.predict_experiment import predict_experiment, score_experiment
from voxplain.networks.build import build
from voxplain.store import Volumes, write_store
from voxplain.training.trained import read_trained, write_trained

SHAPE = (22, 26, 24)
EXPERIMENT = {"input": "affine", "mask": "brain", "device": "cpu", "training": {"threads": 1}}
SPLITS = ["r1f1", "r1f2", "r1f3", "r2f1"]


@pytest.fixture
def study(tmp_path):
    """Eight scans, the last of them not packed; three splits of one repeat, and one that holds out the last alone."""
    scans = [f"sub-{number}" for number in range(8)]
    labels = np.arange(8) % 2
    generator = np.random.default_rng(5)

    def volumes():
        for scan in scans[:-1]:
            data = generator.standard_normal(SHAPE)
            yield scan, scan, data, data > -1

    write_store(tmp_path / "affine.h5", volumes(), np.eye(4), "mni152", {})
    table = pd.DataFrame({"scan": scans, "subject": scans, "label": labels})
    parts = []
    for place, split in enumerate(SPLITS):
        held = np.arange(8) // 2 % 3 == place if place < 3 else np.arange(8) == 7
        parts.append(table.assign(split=split, role=np.where(held, "test", "train")))
    pd.concat(parts).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
    table["brain_volume_ml"] = 1000.0 + 100 * labels
    table["brain_volume_input_ml_affine"] = 1200 + generator.normal(0, 50, 8)
    table.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    weights, cards = [], []
    for split in SPLITS:
        for seed in (1, 2):
            torch.manual_seed(seed)
            state = build("mrinet", SHAPE, width=2).state_dict()
            card = {"network": {"name": "mrinet", "width": 2}, "input_shape": SHAPE, "classes": ["F", "M"]}
            card |= {"split": split, "seed": seed} | ({"empty": "nothing held out"} if split == "r2f1" else {})
            weights.append(tmp_path / f"{split}_seed-{seed}.pt")
            cards.append(tmp_path / f"{split}_seed-{seed}.card.json")
            write_trained(weights[-1], cards[-1], None if split == "r2f1" else state, card)
    return {"store": tmp_path / "affine.h5", "folds": tmp_path / "folds.tsv", "weights": weights, "cards": cards}


def test_each_network_predicts_only_the_scans_that_its_split_holds_out(study):
    found = predict_experiment(**study, experiment=EXPERIMENT)
    folds = pd.read_csv(study["folds"], sep="\t")
    for (split, seed), rows in found.groupby(["split", "seed"]):
        held = folds[(folds["split"] == split) & (folds["role"] == "test")]["scan"]
        assert rows["scan"].tolist() == [scan for scan in held if scan != "sub-7"]
        place = study["weights"].index(study["weights"][0].with_name(f"{split}_seed-{seed}.pt"))
        network, _ = read_trained(study["weights"][place], study["cards"][place])
        volumes = Volumes(study["store"], rows["scan"].tolist(), "brain")
        with torch.no_grad():
            logits = network(torch.stack(list(volumes)))
        np.testing.assert_allclose(rows[["logit_0", "logit_1"]].to_numpy(), logits.numpy(), atol=1e-5)
    assert set(found["split"]) == {"r1f1", "r1f2", "r1f3"} and len(found) == 14


def test_scores_stand_beside_baselines_of_the_same_scans(study, tmp_path):
    found = predict_experiment(**study, experiment=EXPERIMENT)
    scores = score_experiment(
        found, study["store"], tmp_path / "scans.tsv", study["folds"], experiment=EXPERIMENT, bootstrap=20, seed=1
    )
    accuracy = scores[(scores["measure"] == "accuracy") & (scores["split"] == "all")].set_index("model")
    assert accuracy.index.tolist() == ["network", "size", "native_size", "outside"]
    assert accuracy["n"].tolist() == [7, 7, 7, 7]
    assert accuracy.loc["native_size", "value"] == 1
    assert accuracy.loc["native_size", "p"] < 0.2 and set(accuracy["p_kind"]) == {"fixed predictions"}


def test_a_regression_is_predicted_and_scored_in_the_unit_of_its_label(study, tmp_path):
    ages = {f"sub-{number}": 30.0 + 5 * number for number in range(8)}
    folds = pd.read_csv(study["folds"], sep="\t")
    folds.assign(label=folds["scan"].map(ages), group="family of " + folds["scan"]).to_csv(
        study["folds"], sep="\t", index=False
    )
    for weights, path in zip(study["weights"], study["cards"], strict=True):
        card = json.loads(path.read_text())
        card |= {"task": "regression", "classes": [], "target": {"mean": 45.0, "sd": 10.0}}
        state = None if "empty" in card else build("mrinet", SHAPE, classes=None, width=2).state_dict()
        write_trained(weights, path, state, card)
    found = predict_experiment(**study, experiment=EXPERIMENT, classes=[])
    assert (found["group"] == "family of " + found["scan"]).all() and found["label"].between(30, 65).all()
    assert found.columns.tolist() == ["scan", "subject", "group", "split", "seed", "label", "predicted"]
    scores = score_experiment(
        found, study["store"], tmp_path / "scans.tsv", study["folds"],
        experiment=EXPERIMENT, bootstrap=20, seed=1, classes=[],
    )  # fmt: skip
    whole = scores[scores["split"] == "all"]
    assert set(whole["measure"]) == {"mae", "rmse", "r2"} and whole["n"].eq(7).all()
    first = found[(found["split"] == "r1f1") & (found["seed"] == 1)]
    expected = (first["label"] - first["predicted"]).abs().mean()
    seeds = found[found["split"] == "r1f1"].groupby("seed")
    assert seeds.ngroups == 2 and expected > 0
    row = scores[(scores["model"] == "network") & (scores["measure"] == "mae") & (scores["split"] == "r1f1")].iloc[0]
    errors = [(one["label"] - one["predicted"]).abs().mean() for _, one in seeds]
    assert row["value"] == pytest.approx(np.mean(errors))


def test_a_study_whose_splits_are_all_empty_has_empty_tables(study, tmp_path):
    place = [number for number, path in enumerate(study["weights"]) if path.name.startswith("r2f1")]
    empty = study | {kind: [study[kind][number] for number in place] for kind in ("weights", "cards")}
    found = predict_experiment(**empty, experiment=EXPERIMENT)
    assert found.empty and "probability_1" in found.columns
    scores = score_experiment(
        found, study["store"], tmp_path / "scans.tsv", study["folds"], experiment=EXPERIMENT, bootstrap=20, seed=1
    )
    assert scores[scores["model"] == "network"]["value"].isna().all()
