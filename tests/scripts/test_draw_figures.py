"""An experiment's figures for papers: which are drawn, what their captions say, and how the report shows them."""

import re

import pandas as pd
import pytest
from PIL import Image

from scripts.draw_figures import draw_figures
from tests.library.report.made_results import SETTINGS, make_results
from tests.library.report.made_tasks import TASKS, make_tasks
from voxplain.report.figure_files import copy_figures, figure_blocks
from voxplain.report.papers.of_scores import performance
from voxplain.report.papers.sheet import paper_style
from voxplain.report.results import Results

KINDS = ["performance", "localisation", "mosaic", "regions"]


def settings(orientation="neurological", **figures):
    asked = {"draw": KINDS, "methods": "best", "groups": ["correct"]} | figures
    return SETTINGS | {"report": {"orientation": orientation, "figures": asked}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_results(tmp_path_factory.mktemp("figures"))


def drawn(study, asked, experiment="brain"):
    """The table of the figures of an experiment, drawn anew."""
    folder = study / "figures" / experiment
    draw_figures(folder, study, experiment, asked)
    return pd.read_csv(folder / "figures.tsv", sep="\t", keep_default_na=False)


@pytest.fixture(scope="module")
def table(study):
    return drawn(study, settings())


def test_each_kind_is_drawn_once_of_the_method_that_its_checks_contradict_least(study, table):
    names = ["performance", "localisation", "mosaic_gradient_group-correct", "regions-made_gradient_group-correct"]
    assert table["figure"].tolist() == names and set(table["method"]) == {"", "gradient"}
    folder = study / "figures" / "brain"
    assert {path.name for path in folder.iterdir()} == {"figures.tsv"} | {
        f"{name}.{end}" for name in names for end in ("svg", "png", "txt")
    }
    assert table["width_mm"].tolist() == [85, 180, 180, 85]
    for row in table.itertuples():
        with Image.open(folder / f"{row.figure}.png") as picture:
            assert picture.size == (round(row.width_mm / 25.4 * 300), pytest.approx(row.height_mm / 25.4 * 300, abs=1))
        assert (folder / f"{row.figure}.txt").read_text() == f"{row.caption}\n"


def test_captions_say_whose_map_it_is_in_which_unit_and_that_data_are_made(table):
    told = table.set_index("kind")["caption"]
    assert "gradient for class M, experiment brain, group correct (2 subjects)" in told["mosaic"]
    assert "log odds per unit of intensity" in told["mosaic"] and "its checks contradict least" in told["mosaic"]
    assert "balanced accuracy of 0.8" in told["performance"] and "localisation AUC 0.86" in told["localisation"]
    assert all("made" in caption.lower() for caption in told)


def test_every_method_and_group_is_drawn_where_they_are_asked_for_and_an_empty_group_is_told(study):
    asked = settings("radiological", draw=["mosaic"], methods="all", groups=["class0", "class0correct"])
    table = drawn(study, asked, "head")
    assert table["figure"].tolist() == ["", "mosaic_gradient_group-class0", "", "mosaic_gradCam_group-class0"]
    assert "head, gradient: group class0correct is empty, so it is not drawn." in table["caption"].tolist()
    assert table["caption"].str.contains("on the right (radiological)", regex=False).sum() == 2
    assert not (study / "figures" / "head" / "performance.svg").exists()
    named = drawn(study, settings(draw=["mosaic"], methods=["gradCam"], groups=["all"]), "head")
    assert named["figure"].tolist() == ["mosaic_gradCam_group-all"]


def test_a_number_that_changes_in_the_study_changes_in_the_caption(tmp_path):
    study = make_results(tmp_path / "study")
    asked = settings(draw=["performance"])
    before = drawn(study, asked)["caption"][0]
    scores = study / "predict" / "brain" / "scores.tsv"
    table = pd.read_csv(scores, sep="\t")
    chosen = (table["model"] == "network") & (table["measure"] == "balanced_accuracy") & (table["split"] == "all")
    table.loc[chosen, ["value", "mean", "low", "high"]] = 0.47, 0.47, 0.37, 0.57
    table.to_csv(scores, sep="\t", index=False)
    after = drawn(study, asked)["caption"][0]
    assert "0.47 (95 % interval 0.37 to 0.57)" in after and "0.47" not in before


def test_several_classes_have_a_curve_each_and_an_amount_is_drawn_over_the_true_one(tmp_path):
    results = Results(make_tasks(tmp_path), TASKS)
    with paper_style():
        classes, amounts = (performance(results, name) for name in ("anew", "age"))
    roc, precision, scores = classes.canvas.axes
    assert [text.get_text() for text in roc.get_legend().get_texts()] == ["CN", "MCI", "AD"]
    assert (roc.get_title("left"), precision.get_title("left")) == ("ROC", "precision over recall")
    assert scores.get_title("left") == "balanced accuracy" and "above chance (0.33)" in classes.caption
    told, scores = amounts.canvas.axes
    assert told.get_xlabel() == "age" and scores.get_title("left") == "R²" and "MADE DATA" not in amounts.caption
    assert sum(len(line.get_xdata()) for line in told.lines[:-1]) == 60


def test_the_report_shows_each_figure_on_request_with_its_files_beside_it(study, table, tmp_path):
    results = Results(study, settings() | {"experiments": {"brain": SETTINGS["experiments"]["brain"]}})
    copy_figures(results, tmp_path)
    heading, about, *folds = figure_blocks(results)
    assert heading.text == "Figures for papers" and "85 or 180 mm" in about.text
    assert [fold.title for fold in folds][2:] == [
        "brain, mosaic, gradient, correct",
        "brain, regions made, gradient, correct",
    ]
    for fold, caption in zip(folds, table["caption"], strict=True):
        figure, links = fold.blocks
        assert figure.caption == figure.picture.alt == caption
        assert all((tmp_path / path).is_file() for path in (figure.picture.source, *(to for _, to in links.items)))
    assert folds[3].blocks[0].picture.width == round(85 / 25.4 * 96)
    assert figure_blocks(Results(study, settings(draw=[]))) == [] == figure_blocks(Results(study, SETTINGS))


def test_a_study_whose_methods_were_not_judged_draws_the_first_and_says_nothing_of_checks(tmp_path):
    study = make_results(tmp_path / "study")
    (study / "sanity" / "brain" / "criteria.tsv").unlink()
    table = drawn(study, settings(draw=["mosaic"]))
    assert table["method"].tolist() == ["gradient"] and not re.search("checks", table["caption"][0])
