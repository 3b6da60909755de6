"""The flow of scans: who was found, who left where and why, who went into which split."""

import pandas

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import overview
from voxplain.report.flow import drawn_flow, flow_figure, flow_texts, split_texts
from voxplain.report.results import Results

ROLES = ("train", "train", "validation", "test")


def folds(root, splits):
    rows = [
        {"scan": f"sub-{place}", "subject": f"sub-{place}", "label": 1, "split": f"r1f{split}", "role": role}
        for split in range(1, splits + 1)
        for place, role in enumerate([*ROLES, *(["train"] if split == 1 else [])])
    ]
    write_table(root / "cohort/label-sex_folds.tsv", rows)


def test_boxes_count_who_is_left_and_name_who_leaves(made_results):
    boxes = flow_texts(Results(made_results, SETTINGS).table("cohort/ledger.tsv"))
    assert [text for text, _ in boxes] == ["6 scans found", "5 scans left", "4 scans used"]
    assert boxes[0][1] == "1 left out: archive\n1: truncated"
    assert boxes[1][1] == "1 left out: prepare\n1: correlation 0.31 with the template, below 0.8"


def test_a_study_that_leaves_nobody_out_is_one_box():
    ledger = pandas.DataFrame(
        {"source_id": ["1", "2", "2"], "stage": [""] * 3, "reason": [""] * 3, "status": ["used"] * 3}
    )
    assert flow_texts(ledger.assign(image_id="", archive="")) == [("3 scans of 2 subjects found and used", "")]


def test_each_of_few_splits_has_a_box_and_many_have_one_together(tmp_path):
    root = make_results(tmp_path)
    folds(root, 2)
    [(title, boxes)] = split_texts(Results(root, SETTINGS))
    assert title == "2 splits for sex"
    assert boxes == ["r1f1\n3 train\n1 validation\n1 held out", "r1f2\n2 train\n1 validation\n1 held out"]
    folds(root, 9)
    [(title, boxes)] = split_texts(Results(root, SETTINGS))
    assert title == "9 splits for sex" and boxes == ["each split: 2 to 3 train, 1 validation, 1 held out"]


def test_the_words_beside_the_picture_are_its_numbers(tmp_path):
    root = make_results(tmp_path)
    folds(root, 2)
    alt = flow_figure(Results(root, SETTINGS), "6 scans found, 4 used.").picture.alt
    assert alt.startswith("6 scans found, 4 used. 2 splits for sex: r1f1 3 train 1 validation 1 held out and r1f2")


def test_a_picture_of_many_reasons_is_tall_enough_for_them():
    few = drawn_flow([("9 scans found", "1 left out: archive"), ("8 scans used", "")], [], "flow of 9")
    many = drawn_flow(
        [("9 scans found", "1 left out: archive" + "\n1: reason" * 4), ("8 scans used", "")], [], "flow of 9"
    )
    assert many.height > few.height + 60


def test_the_main_result_is_held_against_the_best_baseline_on_the_same_scans(tmp_path):
    root = make_results(tmp_path)
    results = Results(root, SETTINGS)
    rows = [{"model": "network", "kind": "network", "measure": "balanced_accuracy", "value": 0.84}]
    for model, value, low in (("size", 0.5, 0.2), ("outside", 0.71, -0.04)):
        rows.append({"model": model, "kind": "confound", "measure": "balanced_accuracy", "value": value})
        rows[-1] |= {"network_minus": 0.84 - value, "network_minus_low": low, "network_minus_high": 0.31}
    for row in rows:
        row |= {"low": row["value"] - 0.1, "high": row["value"] + 0.1}
    for experiment in SETTINGS["experiments"]:
        write_table(root / f"predict/{experiment}/models.tsv", rows)
    tables = {name: results.table(f"predict/{name}/scores.tsv") for name in results.experiments}
    told = overview.main_result(results, tables)
    assert (
        "0.13 (95 % interval -0.04 to 0.31) more than the best of 2 baselines, mean intensity outside the brain."
        in told[1]
    )
    rows[2] |= {"network_minus": -0.07, "network_minus_low": -0.2, "network_minus_high": 0.01}
    for experiment in SETTINGS["experiments"]:
        write_table(root / f"predict/{experiment}/models.tsv", rows)
    told = overview.main_result(Results(root, SETTINGS), tables)
    assert "reaches 0.07 (95 % interval -0.01 to 0.20) less than the best of 2 baselines" in told[1]
