"""What the page on training draws: scores over epochs with their band, and the curves of every split."""

import numpy as np
import pandas
import pytest
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import scores, training
from voxplain.report.epochs import band_figure, score_band
from voxplain.report.results import Results
from voxplain.report.split_curves import area, precision_points, roc_points, split_curves


def history(values):
    return pandas.DataFrame({"epoch": range(1, len(values) + 1), "validation_roc_auc": values})


def test_the_band_is_one_standard_deviation_of_the_trainings_that_still_ran():
    band = score_band({"a": history([0.5, 0.6, 0.7]), "b": history([0.7, 0.8])}, "validation_roc_auc")
    assert band["epoch"].tolist() == [1, 2, 3] and band["n"].tolist() == [2, 2, 1]
    assert band["mean"].to_numpy() == pytest.approx([0.6, 0.7, 0.7])
    spread = np.std([0.5, 0.7], ddof=1)
    assert band["low"].to_numpy() == pytest.approx([0.6 - spread, 0.7 - spread, 0.7])
    assert band["high"].max() <= 1


def test_the_words_beside_the_band_are_its_numbers():
    histories = {"a": history([0.5, 0.9]), "b": history([0.7, 0.7])}
    figure = band_figure("brain", histories, ["validation_roc_auc"], {"validation_roc_auc": 0.5})
    assert "brain: the mean of 2 trainings reached a validation ROC AUC of 0.80 at epoch 2" in figure.picture.alt
    assert "0.66 to 0.94" in figure.picture.alt
    assert band_figure("brain", {"a": history([0.5])}, ["validation_roc_auc"], {}) is None


@pytest.mark.parametrize("ties", [False, True])
def test_curves_of_a_split_are_those_of_scikit_learn(ties):
    generator = np.random.default_rng(3)
    positive, score = generator.random(40) < 0.4, generator.random(40)
    score = score.round(1) if ties else score
    false, true = roc_points(positive, score)
    for mine, theirs in zip((false, true), roc_curve(positive, score, drop_intermediate=False), strict=False):
        assert mine == pytest.approx(theirs)
    assert area(false, true) == pytest.approx(roc_auc_score(positive, score))
    recall, precision = precision_points(positive, score)
    theirs = precision_recall_curve(positive, score)
    assert precision[::-1] == pytest.approx(theirs[0][:-1]) and recall[::-1] == pytest.approx(theirs[1][:-1])


def predictions(classes=2):
    rows = [
        {"scan": f"s{place}", "split": f"r1f{place % 2 + 1}", "seed": 1, "label": place // 2 % classes}
        | {f"probability_{one}": (0.8 if one == place // 2 % classes else 0.1) for one in range(classes)}
        for place in range(16)
    ]
    return pandas.DataFrame(rows)


def test_every_split_has_its_area_and_more_classes_have_rows_of_their_own():
    table = predictions()
    two = split_curves("brain", table, {0: "F", 1: "M"})
    assert two.picture.alt == "brain, M: ROC AUC 1.00 to 1.00 in 2 curves of single splits."
    table.loc[table["split"] == "r1f2", "probability_1"] = 0.5
    assert "ROC AUC 0.50 to 1.00" in split_curves("brain", table, {0: "F", 1: "M"}).picture.alt
    three = split_curves("brain", predictions(3), {0: "a", 1: "b", 2: "c"})
    assert three.picture.height > 2.5 * two.picture.height
    assert all(f"brain, {name}: ROC AUC" in three.picture.alt for name in "abc")


def test_a_split_that_holds_out_one_class_alone_has_no_curve():
    assert split_curves("brain", predictions().assign(label=1), {0: "F", 1: "M"}) is None


def test_a_number_that_changes_in_the_run_changes_on_the_page(tmp_path):
    root = make_results(tmp_path)
    rows = predictions().assign(predicted=1, subject="s", probability_0=0.5).to_dict("records")
    write_table(root / "predict/brain/predictions.tsv", rows)
    curve = [
        {"model": "network", "curve": "calibration", "class": 1, "x": 0.5, "y": 0.4, "low": 0.1, "high": 0.9, "n": 9}
    ]
    write_table(root / "predict/brain/curves.tsv", curve)
    assert "brain, M: ROC AUC 1.00 to 1.00" in repr(scores.section(Results(root, SETTINGS)))
    for row in rows:
        row["probability_1"] = 0.5
    write_table(root / "predict/brain/predictions.tsv", rows)
    assert "brain, M: ROC AUC 0.50 to 0.50" in repr(scores.section(Results(root, SETTINGS)))
    path = root / "train/brain/r1f1_seed-1.history.tsv"
    table = pandas.read_csv(path, sep="\t")
    before = repr(training.section(Results(root, SETTINGS)))
    table.assign(validation_balanced_accuracy=0.31).to_csv(path, sep="\t", index=False)
    assert repr(training.section(Results(root, SETTINGS))) != before and "of 0.9" in before
