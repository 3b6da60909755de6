import json
import weakref

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import KNeighborsClassifier

from scripts.fit_tabular import fit_tabular
from tests.library.baselines.tabular.morphometry import COUNT, entry, made_folds, made_labels, made_tables
from voxplain.baselines.written import read_baseline, write_baseline
from voxplain.errors import SettingsError

HOW = {"label_column": "Diagnosis", "covariates": ["Age", "Release"], "bootstrap": 20, "seed": 1}
HOW |= {"folding": {"seed": 1, "validation": 0.2}}


@pytest.fixture
def study(tmp_path):
    """Sixty scans with measures, three folds; nobody has a row of measures who is called sub-005."""

    def made(classes=2):
        labels = made_labels(classes)
        scans, measures = made_tables(labels)
        scans["train"] = scans["judge"] = "True"
        scans.to_csv(tmp_path / "scans.tsv", sep="\t", index=False)
        measures.loc[5, measures.columns != "scan"] = ""
        measures.to_csv(tmp_path / "features.tsv", sep="\t", index=False)
        made_folds(labels).to_csv(tmp_path / "folds.tsv", sep="\t", index=False)
        return tmp_path / "scans.tsv", tmp_path / "folds.tsv", tmp_path / "features.tsv"

    return made


def test_a_model_leaves_predictions_scores_of_every_protocol_and_what_it_goes_by(study, tmp_path):
    asked = entry(
        "logistic_regression",
        features=["measures", "covariates"],
        grid={"C": [0.1, 1]},
        protocols=[{"scheme": "leave_one_out"}, {"scheme": "kfold", "k": 5, "first": 40}],
        importances=["model", "permutation"],
        correlate="Gender",
    )
    found = fit_tabular("volumes", *study(), asked=asked, classes=2, **HOW)
    predictions = found.baseline.predictions
    assert len(predictions) == COUNT - 1 and "sub-005" not in set(predictions["scan"])
    assert list(predictions)[:7] == ["scan", "subject", "group", "split", "seed", "label", "predicted"]
    scores = found.scores[(found.scores["split"] == "all") & (found.scores["measure"] == "roc_auc")].set_index(
        "protocol"
    )
    assert scores["fits"].to_dict() == {"folds": 3, "leave_one_out": COUNT - 1, "kfold5_first40": 5}
    assert (scores["value"] > 0.7).all() and scores["model"].eq("volumes").all()
    assert found.grid.groupby("protocol")["chosen"].sum().to_dict() == scores["fits"].to_dict()
    assert set(found.importances["kind"]) == {"coefficient", "permutation"}
    assert found.importances["feature"][0] == "FS_Mask_Vol" and len(found.correlations) == 5
    assert "1 of 60 scans have no features and no prediction" in found.baseline.note

    write_baseline(found.baseline, tmp_path / "volumes.tsv", tmp_path / "volumes.card.json")
    again = read_baseline(tmp_path / "volumes.tsv", tmp_path / "volumes.card.json")
    assert again.kind == "tabular" and again.told.startswith(
        "logistic_regression of FS_Mask_Vol, FS_Thck, FS_Area and 3"
    )
    pd.testing.assert_frame_equal(again.predictions, predictions, check_dtype=False)
    assert json.loads((tmp_path / "volumes.card.json").read_text())["settings"]["asked"]["grid"] == {"C": [0.1, 1]}


def test_models_of_other_protocols_are_let_go_once_they_have_told(study, monkeypatch):
    fitted, alive, fit = [], [], KNeighborsClassifier.fit

    def counted(self, rows, told):
        alive.append(sum(one() is not None for one in fitted))
        fitted.append(weakref.ref(self))
        return fit(self, rows, told)

    monkeypatch.setattr(KNeighborsClassifier, "fit", counted)
    asked = entry("knn", options={"n_neighbors": 3}, protocols=[{"scheme": "leave_one_out"}])
    found = fit_tabular("near", *study(), asked=asked, classes=2, **HOW)
    assert len(fitted) == 3 + COUNT - 1 and set(found.scores["fits"]) == {3, COUNT - 1}
    # those of the study's own folds, which say what they go by, and the one before
    assert max(alive) <= 4


def test_the_same_seed_leaves_the_same_bytes(study):
    asked = entry("random_forest", options={"n_estimators": 10}, oversample="smote", importances=["permutation"])
    twice = [fit_tabular("forest", *study(), asked=asked, classes=2, **HOW) for _ in range(2)]
    for table in ("scores", "importances", "grid", "features"):
        assert getattr(twice[0], table).to_csv() == getattr(twice[1], table).to_csv()
    assert twice[0].baseline.predictions.to_csv() == twice[1].baseline.predictions.to_csv()


def test_amounts_are_told_in_their_unit(study):
    asked = entry("ridge", protocols=[{"scheme": "kfold", "k": 5}])
    found = fit_tabular("age", *study(None), asked=asked, classes=None, **HOW)
    assert set(found.scores["measure"]) == {"mae", "rmse", "r2"}
    assert np.corrcoef(found.baseline.predictions["label"], found.baseline.predictions["predicted"])[0, 1] > 0.5
    assert not [column for column in found.baseline.predictions if column.startswith("probability")]


def test_four_classes_are_told_in_two_steps_and_apart_for_each_sex(study):
    found = fit_tabular(
        "ages", *study(4), asked=entry("logistic_regression", anomaly={"class": 3}, by="Gender"), classes=4, **HOW
    )
    assert set(found.importances["part"]) == {"F", "M"}
    assert "class 3 told first by isolation_forest, a model for each Gender" in found.baseline.told
    assert [f"probability_{one}" for one in range(4)] == list(found.baseline.predictions)[7:]


def test_splits_of_one_class_predict_nothing_and_say_why(study, tmp_path):
    scans, folds, measures = study()
    table = pd.read_csv(folds, sep="\t")
    table.assign(label=1).to_csv(folds, sep="\t", index=False)
    found = fit_tabular("volumes", scans, folds, measures, asked=entry("knn", grid="default"), classes=2, **HOW)
    assert found.baseline.predictions.empty and "no split has two classes to learn from" in found.baseline.note
    assert found.importances.empty and list(found.baseline.predictions)[-1] == "probability_1"
    write_baseline(found.baseline, tmp_path / "volumes.tsv", tmp_path / "volumes.card.json")
    assert read_baseline(tmp_path / "volumes.tsv", tmp_path / "volumes.card.json").predictions.empty


def test_covariates_alone_need_no_table_of_measures(study):
    scans, folds, _ = study()
    found = fit_tabular("age", scans, folds, asked=entry("knn", features=["covariates"]), classes=2, **HOW)
    assert len(found.baseline.predictions) == COUNT and found.importances.empty
    assert found.features.set_index("name").loc["Release", "status"] == "left out"


def test_a_column_to_part_models_by_that_is_not_there_is_said(study):
    with pytest.raises(SettingsError, match='tabular.sexes.by" is Gendr, which is no column; did you mean "Gender"'):
        fit_tabular("sexes", *study(), asked=entry("knn", by="Gendr"), classes=2, **HOW)
