import base64
import re
from pathlib import Path

import pandas
import pytest

from tests.library.report.made_results import SETTINGS
from tests.library.report.made_tasks import EXPERIMENTS, TASKS, make_tasks
from tests.library.report.reading import all_text
from voxplain.report import other_cohorts, overview, relevance, scores, training
from voxplain.report.closing import STAGES, findings
from voxplain.report.page import write_report
from voxplain.report.results import Results
from voxplain.settings.pretraining import pairs

# on one worker, so that what all these tests look at is made once
pytestmark = pytest.mark.xdist_group("tasks")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_tasks(tmp_path_factory.mktemp("made_tasks"))


@pytest.fixture(scope="module")
def results(made):
    return Results(made, TASKS)


@pytest.fixture(scope="module")
def scored(results):
    return scores.section(results)


@pytest.fixture(scope="module")
def trained(results):
    return training.section(results)


def whole(made, experiment, measure, model="network", stem=""):
    table = pandas.read_csv(made / f"predict/{experiment}/{stem}scores.tsv", sep="\t")
    return table[(table["model"] == model) & (table["measure"] == measure) & (table["split"] == "all")].iloc[0]


def tables(blocks):
    inner = [one for block in blocks for one in ([block] if block.kind != "fold" else block.blocks)]
    return {block.caption: block for block in inner if block.kind == "table"}


def drawn(figure):
    return base64.b64decode(figure.picture.source.split(",", 1)[1]).decode()


def test_chance_follows_from_the_number_of_classes_and_the_task(made, scored):
    text = repr(scored)
    row = whole(made, "anew", "balanced_accuracy")
    assert row["low"] > 1 / 3 and f"balanced accuracy of {row['mean']:.2f}" in text and "above chance (0.33)" in text
    assert f"held-out labels were told with an R² of {whole(made, 'age', 'r2')['mean']:.2f}" in text
    assert "above chance (0.00)" in text


def test_every_score_and_the_p_value_stand_beside_the_baseline(made, scored):
    table = tables(scored.blocks)["Scores of age and its baselines: mean of splits (sd), 95 % interval"]
    assert table.columns == ["Measure", "network", "brain size as the network sees it"]
    assert [row[0] for row in table.rows] == [
        *("R²", "mean absolute error", "root mean squared error"),
        "p of R², fixed predictions",
    ]
    row = whole(made, "age", "mae")
    assert table.rows[1][1].startswith(f"{row['mean']:.2f} ({row['sd']:.2f}), {row['low']:.2f} to")
    assert table.rows[3][1] == f"{whole(made, 'age', 'r2')['p']:.3f}"
    assert "no network was trained again" in repr(scored)


def test_the_confusion_of_three_classes_has_their_names(scored):
    table = tables(scored.blocks)["Confusion of anew: held-out predictions"]
    assert table.columns == ["", "called CN", "called MCI", "called AD"]
    assert [row[0] for row in table.rows] == ["truly CN", "truly MCI", "truly AD"]
    assert sum(sum(row[1:]) for row in table.rows) == 60


def test_calibration_is_drawn_and_listed(made, scored):
    figures = [block for block in scored.blocks if block.kind == "figure"]
    picture = next(one for one in figures if "calibration" in one.picture.alt and "anew" in one.picture.alt)
    for word in ("stated probability", "false positive rate", "recall", "MCI"):
        assert word in drawn(picture)
    curves = pandas.read_csv(made / "predict/anew/curves.tsv", sep="\t")
    bins = curves[curves["curve"] == "calibration"]
    table = next(
        one for caption, one in tables(scored.blocks).items() if caption.startswith("Stated probabilities of anew")
    )
    assert [row[0] for row in table.rows] == bins["n"].tolist()
    gap = ((bins["x"] - bins["y"]).abs() * bins["n"]).sum() / bins["n"].sum()
    assert f"{gap:.2f} apart on average" in picture.picture.alt


def test_amounts_are_drawn_over_what_is_true(scored):
    figures = [block for block in scored.blocks if block.kind == "figure"]
    picture = next(one for one in figures if one.caption.startswith("age: 60 held-out predictions"))
    assert "told of held-out scans" in drawn(picture) and "nan" not in picture.caption


def test_the_overview_has_a_sentence_for_each_task(made, results):
    section = overview.section(results)
    text = repr(section)
    told = whole(made, "anew", "balanced_accuracy")["mean"]
    assert f"Held-out scans were told apart with a balanced accuracy of {told:.2f}" in text
    assert f"Held-out labels were told with an R² of {whole(made, 'age', 'r2')['mean']:.2f}" in text


def test_the_epoch_is_said_to_be_kept_by_the_score_that_kept_it(trained):
    text = repr(trained)
    assert "anew, r1f1, seed 1: validation ROC AUC highest at epoch" in text
    assert "age, r1f1, seed 1: validation R² highest at epoch" in text
    table = tables(trained.blocks)["Trainings of age"]
    assert table.columns == [
        *("Training", "Epochs", "Kept", "Validation loss"),
        *("Validation mean absolute error", "Validation R²"),
    ]


def test_every_candidate_of_a_search_is_listed_and_the_choice_told(trained):
    table = next(one for caption, one in tables(trained.blocks).items() if caption.startswith("Search of anew"))
    assert len(table.rows) == 6 and table.columns[:4] == ["Split", "Seed", "Candidate", "training.learning_rate"]
    said = "anew: of 2 candidates, chosen was training.learning_rate 0.001 in 2 splits and training.learning_rate"
    assert said in repr(trained)


def test_what_arms_learned_by_heart_stands_beside_what_they_know(trained):
    text = repr(trained)
    assert "of 2 arms with permuted labels is 0.97 on the scans learned from and 0.32 on held-out ones" in text
    assert "with the true labels is 0.97 on the scans learned from and 0.80 on held-out ones" in text


def test_arms_that_differ_in_pretraining_alone_are_a_pair():
    assert pairs(EXPERIMENTS) == [("pretrained", "anew")]
    other = EXPERIMENTS | {"pretrained": EXPERIMENTS["pretrained"] | {"mask": "none"}}
    assert pairs(other) == [] and pairs({"one": EXPERIMENTS["anew"]}) == []


def test_the_probe_of_size_is_shown_as_it_was_written(scored):
    table = tables(scored.blocks)["Size and the answers of anew on held-out scans"]
    assert table.rows[0] == ["MCI", "20", "0.432", "0.500", "1.250", "-1.500"] and table.rows[1][2] == ""
    assert table.columns[1:3] == ["Scans", "Correlation with size"]


def test_what_encoders_learned_before_labels_is_told(trained):
    said = "the loss of rebuilding them fell from 0.900 to 0.300 in 3 epochs, over 3 encoders"
    assert f"pretrained: before any label, layers learned to rebuild the training scans; {said}" in repr(trained)


def test_another_cohort_stands_beside_the_studys_own_scans(made, results):
    section = other_cohorts.section(results)
    text = repr(section)
    there = whole(made, "anew", "balanced_accuracy", stem="cohort-three_")["mean"]
    here = whole(made, "anew", "balanced_accuracy")["mean"]
    assert f"cohort three's scans were told apart with a balanced accuracy of {there:.2f}" in text
    assert f"On the study's own held-out scans it is {here:.2f}." in text
    assert "age: no shift of cohort three was recorded." in text
    shift = next(one for caption, one in tables(section.blocks).items() if caption.startswith("In what cohort three"))
    assert shift.rows[0] == ["covariate", "Age", "70.500", "5.250", "60", "-0.841"]
    assert shift.rows[1][-1] == "infinite"
    assert "most in Age (-0.84 standard deviations); 1 of 2 measures differ by 0.1 or more" in text
    assert "Each of 30 scans was judged by 1 to 3 networks that had seen nothing of its subject." in text


def test_what_an_earlier_run_left_and_the_settings_ask_for_no_more_is_not_shown(made):
    plain = {name: one | {"search": {}, "pretrain": {}} for name, one in EXPERIMENTS.items()}
    asked = TASKS | {"experiments": plain, "sanity": {"permutations": 0, "size_change": None}}
    text = repr(training.section(Results(made, asked))) + repr(scores.section(Results(made, asked)))
    for said in ("Settings searched for", "Permuted labels", "before any label", "Size in anew"):
        assert said not in text


def test_a_study_without_further_cohorts_has_no_section_of_them(made):
    assert other_cohorts.section(Results(made, SETTINGS)) is None


def test_the_page_of_every_task_is_written_and_its_pictures_have_words(made):
    write_report(made / "report", made, TASKS)
    page = all_text(made / "report")
    assert '<section id="cohorts"' in page and "MADE DATA" not in page
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', page)
    assert alts and all(re.search(r"\d", alt) for alt in alts) and ">nan<" not in page


def test_the_last_lines_of_a_run_tell_each_experiment_by_its_own_score(made):
    lines = findings(made, False)
    assert [line.split(":")[0] for line in lines] == ["age", "anew", "pretrained"]
    row = whole(made, "age", "r2")
    assert lines[0] == f"age: held-out R² {row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f}, 60 scans)"
    assert f"anew: held-out balanced accuracy {whole(made, 'anew', 'balanced_accuracy')['value']:.2f}" in lines[1]


def test_every_rule_with_a_script_belongs_to_one_stage_of_a_run():
    rules = [rule for stage in STAGES.values() for rule in stage]
    scripts = {path.stem for path in (Path(__file__).parents[3] / "scripts").glob("*.py")}
    assert len(rules) == len(set(rules)) and scripts <= set(rules)


def test_the_way_scans_are_held_out_is_told(made):
    told = {
        scheme: repr(overview.section(Results(made, TASKS | {"folds": TASKS["folds"] | {"scheme": scheme}})))
        for scheme in ("kfold", "leave_one_out", "leave_one_site_out")
    }
    assert "2 folds, 1 repeat, 1 seed" in told["kfold"]
    assert "one subject at a time, 1 seed" in told["leave_one_out"]
    assert "one site at a time, 1 seed" in told["leave_one_site_out"]


def test_what_warm_colours_speak_for_follows_from_the_task(made):
    said = {}
    for name in ("anew", "age"):
        alone = TASKS | {"experiments": {name: EXPERIMENTS[name]}}
        said[name] = relevance.section(Results(made, alone)).reading[0]
    assert "for a higher amount and cold ones for a lower one" in said["age"]
    assert "for the class that a method was asked about" in said["anew"]
