import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

from scripts.compare_experiments import compare_experiments
from scripts.describe_experiment import describe_experiment
from scripts.predict_experiment import predict_experiment
from voxplain.attribution.maps import read_maps
from voxplain.store import Volumes
from voxplain.training.predictions import predicted_logits
from voxplain.training.scores import score_predictions
from voxplain.training.trained import read_trained


@pytest.fixture
def described_study(explained_study, tmp_path):
    """The explained study, one more scan in training, with predictions, scores and a table of its scans' sizes."""
    study = explained_study
    folds = pd.read_csv(study.folds, sep="\t")
    folds.loc[(folds["split"] == "r1f1") & (folds["scan"] == "sub-6"), "role"] = "validation"
    folds.to_csv(study.folds, sep="\t", index=False)
    scans = pd.DataFrame({"scan": [f"sub-{place}" for place in range(8)], "brain_volume_ml": range(1200, 1208)})
    scans["brain_volume_input_ml_affine"] = [1400.0, 1410, 1390, 1500, 1300, 1350, 1320, 1310]
    scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
    given = study.store, study.folds, study.weights, study.cards
    predictions = predict_experiment(*given, experiment=study.experiment, classes=["F", "M"])
    predictions.to_csv(tmp_path / "predictions.tsv", sep="\t", index=False)
    score_predictions(predictions, "network", 20, 1, 5).to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    pd.DataFrame(
        [
            {"method": "gradient", "kind": "method", "subjects": 5, "auc": 0.75, "low": 0.7, "high": 0.8},
            {"method": "gradient", "kind": "reference", "subjects": 5, "auc": 0.6, "low": 0.6, "high": 0.6},
        ]
    ).to_csv(tmp_path / "localisation.tsv", sep="\t", index=False)
    table = describe_experiment(
        study.store,
        study.folds,
        tmp_path / "scans.tsv",
        study.weights,
        study.cards,
        tmp_path / "predictions.tsv",
        tmp_path / "scores.tsv",
        {"gradient": study.maps},
        tmp_path / "localisation.tsv",
        experiment=study.experiment,
        classes=["F", "M"],
        resamples=20,
        seed=1,
    )
    return study, table, tmp_path


def of(table, part, measure):
    return table[(table["part"] == part) & (table["measure"] == measure)].iloc[0]


def test_training_scores_are_of_the_scans_that_each_network_trained_on(described_study):
    study, table, _ = described_study
    learned = {"r1f1": ["sub-4", "sub-5"], "r1f2": ["sub-0", "sub-1", "sub-2", "sub-3"]}
    means = []
    for split, scans in learned.items():
        values = []
        for seed in (1, 2):
            place = [str(path.name) for path in study.weights].index(f"{split}_seed-{seed}.pt")
            network, _ = read_trained(study.weights[place], study.cards[place])
            told = predicted_logits(network, Volumes(study.store, scans, "brain")).argmax(1)
            values.append(accuracy_score([study.labels[scan] for scan in scans], told))
        means.append(np.mean(values))
    row = of(table, "training", "accuracy")
    assert row["value"] == pytest.approx(np.mean(means)) and row["sd"] == pytest.approx(np.std(means, ddof=1))
    assert row["n"] == 6, "sub-6 chooses epochs, sub-7 was not packed"


def test_relevance_outside_is_the_mean_over_subjects_of_their_maps_shares(described_study):
    study, table, _ = described_study
    volumes, shares = Volumes(study.store), {}
    for path in study.maps:
        source = read_maps(path)
        for place, scan in enumerate(source.scan):
            outside = volumes.mask(volumes.scans.index(scan)).numpy() == 0
            values = np.abs(source.maps[place])
            shares.setdefault(scan, []).append(values[outside].sum() / values.sum())
    row = of(table, "held_out", "outside_share")
    assert row["value"] == pytest.approx(np.mean([np.mean(one) for one in shares.values()]), rel=1e-6)
    assert row["n"] == 7 and 0 < row["low"] <= row["value"] <= row["high"] < 1
    assert of(table, "held_out", "localisation_auc")["value"] == 0.75
    assert np.isfinite(of(table, "held_out", "size_correlation")["value"])


def test_experiments_stand_side_by_side_a_row_each(described_study):
    _, table, folder = described_study
    table.to_csv(folder / "described.tsv", sep="\t", index=False)
    scores, methods = compare_experiments([folder / "described.tsv"] * 2, ["raw", "stripped"])
    assert scores["experiment"].tolist() == ["raw", "stripped"]
    assert scores["training_accuracy_sd"].tolist() == [of(table, "training", "accuracy")["sd"]] * 2
    assert scores["held_out_accuracy"].tolist() == [of(table, "held_out", "accuracy")["value"]] * 2
    assert methods[["experiment", "method"]].to_numpy().tolist() == [["raw", "gradient"], ["stripped", "gradient"]]
    assert methods["localisation_auc_low"].tolist() == [0.7, 0.7] and (methods["outside_voxels"] < 1).all()
