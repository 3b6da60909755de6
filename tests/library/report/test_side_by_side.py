import numpy as np
import pandas as pd
import pytest

from voxplain.relevance.described import COLUMNS
from voxplain.relevance.side_by_side import experiments_table, methods_table
from voxplain.report.adjusted import adjusted_blocks
from voxplain.report.results import Results
from voxplain.report.side_by_side import side_by_side_blocks

COHORT = {"source": "made", "labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}}


def described(size, outside, found):
    rows = [
        ("", "training", "accuracy", 0.99, 0.01, np.nan, np.nan, 32, ""),
        ("", "held_out", "accuracy", 0.9, 0.05, 0.8, 0.97, 48, ""),
        ("", "held_out", "size_correlation", size, np.nan, size - 0.2, size + 0.2, 48, ""),
        (
            "grad_cam",
            "held_out",
            "outside_share",
            outside,
            np.nan,
            outside - 0.1,
            outside + 0.1,
            45,
            "1 maps undefined",
        ),
        ("grad_cam", "held_out", "outside_voxels", 0.7, np.nan, np.nan, np.nan, 45, ""),
        ("grad_cam", "held_out", "localisation_auc", found, np.nan, found - 0.02, found + 0.02, 45, ""),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def results(tmp_path):
    tables = {"raw": described(0.5, 0.8, 0.55), "optimal": described(-0.1, 0.2, np.nan)}
    (tmp_path / "predict" / "raw").mkdir(parents=True)
    experiments_table(tables).to_csv(tmp_path / "predict/experiments.tsv", sep="\t", index=False)
    methods_table(tables).to_csv(tmp_path / "predict/experiments_methods.tsv", sep="\t", index=False)
    shown = {"kind": "network", "model": "network", "measure": "balanced_accuracy", "sd": 0.1, "reason": ""}
    pd.DataFrame(
        [
            shown | {"adjustment": "none", "value": 0.9, "low": 0.8, "high": 0.97, "n": 48},
            shown | {"adjustment": "matched", "value": 0.6, "low": 0.4, "high": 0.8, "n": 20},
        ]
    ).to_csv(tmp_path / "predict/raw/adjusted.tsv", sep="\t", index=False)
    asked = {"side_by_side": ["raw", "optimal"], "matched": {"brain_volume_ml": 50}}
    return Results(tmp_path, {"study": "tiny", "cohort": COHORT, "baselines": asked})


def texts(blocks):
    return [block.text for block in blocks if block.kind == "text"]


def test_each_experiment_has_a_sentence_made_of_its_numbers(results):
    made, _, raw, optimal = texts(side_by_side_blocks(results))
    assert made == "These are numbers about made data."
    assert raw == (
        "raw: accuracy 0.99 (sd 0.01) on the scans learned from, 0.90 (sd 0.05) on held-out ones; within classes its "
        "answers go along with brain size by 0.50 (95 % interval 0.30 to 0.70), so it looks at size. grad_cam: 80 % of "
        "the relevance lies outside the brain, as do 70 % of the voxels, and it finds the regional effect with a "
        "localisation AUC of 0.55 (95 % interval 0.53 to 0.57)."
    )
    assert "by -0.10 (95 % interval -0.30 to 0.10), which cannot be told from none." in optimal
    assert optimal.endswith("localisation AUC of undefined.")


def test_a_picture_stands_before_the_sentences_and_tables_are_folded(results):
    kinds = [block.kind for block in side_by_side_blocks(results)]
    assert kinds == ["heading", "text", "text", "figure", "text", "text", "fold"]


def test_matched_scores_stand_beside_all(results):
    blocks = adjusted_blocks(results, "raw")
    assert texts(blocks)[1] == (
        "raw: the network's balanced accuracy is 0.90 on all 48 held-out scans and 0.60 (95 % interval 0.40 to 0.80) "
        "on the 20 matched ones."
    )
    assert "alike in brain_volume_ml" in texts(blocks)[0]
    (table,) = blocks[-1].blocks
    assert table.rows == [["network", "balanced accuracy", "0.90 (0.80 to 0.97), 48", "0.60 (0.40 to 0.80), 20"]]


def test_what_was_not_asked_for_is_not_shown_though_its_files_are_there(results):
    unasked = Results(results.folder, {**results.settings, "baselines": {}})
    assert side_by_side_blocks(unasked) == [] and adjusted_blocks(unasked, "raw") == []


def test_an_experiment_that_tells_amounts_is_judged_by_r2_beside_one_that_tells_classes(results):
    scores = pd.read_csv(results.folder / "predict/experiments.tsv", sep="\t")
    amounts = {"experiment": "age", "n": 48, "held_out_r2": 0.4, "held_out_r2_sd": 0.1, "training_r2": 0.6}
    scores = pd.concat([scores, pd.DataFrame([amounts])])
    scores.to_csv(results.folder / "predict/experiments.tsv", sep="\t", index=False)
    said = texts(side_by_side_blocks(results))[-1]
    assert said.startswith("age: R² 0.60 (sd undefined) on the scans learned from, 0.40 (sd 0.10) on held-out ones")
