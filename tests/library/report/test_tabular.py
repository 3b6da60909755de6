import numpy as np
import pandas as pd
import pytest

from scripts.fit_tabular import TABLES, fit_tabular
from tests.library.baselines.tabular.morphometry import entry, made_folds, made_labels, made_tables
from voxplain.report.results import Results
from voxplain.report.tabular import blocks, goes_by, looked_after, protocol, protocols

COHORT = {"source": "made", "labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}}


@pytest.fixture
def left(tmp_path):
    """A function that fits an entry, leaves its tables where the report looks for them, and gives the Results."""

    def made(classes=2, **asked):
        labels = made_labels(classes)
        scans, measures = made_tables(labels)
        measures["FS_Same"] = "1"
        for name, table in (("scans", scans), ("features", measures), ("folds", made_folds(labels))):
            table.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
        one = entry(asked.pop("model", "knn"), **{"labels": ["sex"], "features": ["measures"]} | asked)
        found = fit_tabular(
            *("volumes", tmp_path / "scans.tsv", tmp_path / "folds.tsv", tmp_path / "features.tsv"),
            asked=one,
            classes=classes,
            label_column="Diagnosis",
            covariates=[],
            bootstrap=20,
            seed=1,
            folding={"seed": 1, "validation": 0.2},
        )
        folder = tmp_path / "predict" / "head" / "tabular"
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            getattr(found, name).to_csv(folder / f"volumes_{name}.tsv", sep="\t", index=False)
        settings = {
            "cohort": COHORT,
            "experiments": {"head": {"labels": "sex"}},
            "baselines": {"tabular": {"volumes": one}},
        }
        return Results(tmp_path, settings), found

    return made


def kinds(found):
    return [block.kind for block in found]


def test_a_model_of_trees_shows_what_it_goes_by_first(left):
    results, outcome = left(model="random_forest", options={"n_estimators": 10}, importances=["model", "permutation"])
    picture, found = blocks(results)
    assert picture.caption == "What volumes in head, impurity goes by: the first 6"
    assert kinds(found) == ["heading", "figure", "text", "text", "text", "text", "fold"]
    said = [block.text for block in found if block.kind == "text"]
    assert said[1].startswith("volumes goes by FS_Mask_Vol (1.00), ") and said[1] in picture.picture.alt
    assert said[-1] == ("6 features used, 1 to look at twice (FS_Same) and 1 with missing values.")
    tables = {block.caption: block for block in found[-1].blocks if block.kind == "table"}
    whole = outcome.scores[(outcome.scores["split"] == "all") & outcome.scores["value"].notna()]
    assert len(tables["Scores of volumes in head"].rows) == len(whole)


def test_a_sweep_of_neighbours_is_drawn_and_the_choices_are_said(left):
    results, outcome = left(grid={"n_neighbors": [1, 3, 5, 9, 15, 21]}, protocols=[{"scheme": "kfold", "k": 5}])
    picture, found = blocks(results)
    own = outcome.grid[(outcome.grid["protocol"] == "folds") & (outcome.grid["chosen"] == 1)]
    most = own["n_neighbors"].mode()[0]
    assert (
        "of 6 combinations, most often chosen was n_neighbors" in picture.caption
        and f"n_neighbors {most} (" in picture.caption
    )
    said = [block.text for block in found if block.kind == "text"]
    assert (
        "by the study's folds (60 scans, 3 models fitted) and" in said[0] and "by 5-fold (60 scans, 5 models" in said[0]
    )
    assert "this model says nothing of single features" in said[1]


def test_a_regression_and_models_that_are_parted_are_shown_too(left):
    results, _ = left(None, model="ridge", by="Gender", grid={"alpha": [1, 10]}, correlate="Gender")
    _, found = blocks(results)
    said = " ".join(block.text for block in found if block.kind == "text")
    assert "reaches an R² of" in said
    assert "volumes, F goes by" in said and "volumes, M goes by" in said
    assert any("Gender, over subjects" in block.caption for block in found[-1].blocks if block.kind == "table")


def test_a_study_without_models_of_tables_has_nothing_to_show(tmp_path):
    settings = {"cohort": COHORT, "experiments": {"head": {"labels": "sex"}}, "baselines": {"tabular": {}}}
    assert blocks(Results(tmp_path, settings)) == (None, [])
    settings["baselines"]["tabular"] = {"later": entry("knn", labels=["sex"])}
    assert blocks(Results(tmp_path, settings)) == (None, [])


def test_protocols_are_said_in_words():
    names = ["folds", "leave_one_out", "kfold10", "kfold5x3_first500", "leave_one_out_first500"]
    assert [protocol(name) for name in names] == [
        "the study's folds",
        "leave-one-out",
        "10-fold",
        "5-fold, 3 times of the first 500",
        "leave-one-out of the first 500",
    ]


def test_sentences_are_made_of_the_numbers():
    row = {"protocol": "folds", "split": "all", "measure": "balanced_accuracy", "n": 72, "fits": 3}
    scores = pd.DataFrame([row | {"value": 0.8, "low": 0.7, "high": 0.9}])
    assert protocols("head", "fs", scores) == (
        "In experiment head, fs reaches a balanced accuracy of 0.80 (95 % interval 0.70 to 0.90) by the study's folds "
        "(72 scans, 3 models fitted)."
    )
    assert protocols("head", "fs", scores.assign(value=np.nan)) == "In experiment head, fs predicted nothing."
    rows = pd.DataFrame({"feature": ["a", "b"], "relative": [1.0, 0.25]})
    assert goes_by("fs", "gain", "", rows) == "fs goes by a (1.00) and b (0.25) first, of 2 features by gain."
    assert goes_by("fs", "gain", "F", rows.assign(relative=0.0)) == "fs, F: no feature is above 0 by gain."
    listing = [("Release", "feature", "left out", 0), ("a", "feature", "used", 2), ("sub-1", "scan", "left out", 1)]
    features = pd.DataFrame(listing, columns=["name", "what", "status", "missing"])
    assert looked_after(features) == (
        "1 feature used, 1 column left out (Release), 1 with missing values and 1 scan left out without them."
    )
