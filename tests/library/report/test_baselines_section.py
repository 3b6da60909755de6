import numpy as np
import pandas as pd
import pytest

from tests.library.report.made_results import SETTINGS, write_table
from voxplain.report import baselines
from voxplain.report.page import render
from voxplain.report.results import Results

DISEASE = "the size of a brain may be what the label is about, as where it shrinks in a disease, and no confound"


def row(model, value, better="", minus=np.nan, **others):
    kind = others.pop("kind", "confound")
    found = {"model": model, "kind": kind, "measure": "balanced_accuracy", "value": value, "sd": 0.02, "n": 40}
    found |= {"low": value - 0.05, "high": value + 0.05, "network_better": better, "network_minus": minus}
    found |= {"network_minus_low": minus - 0.1, "network_minus_high": minus + 0.1, "best": "no", "best_minus": 0.1}
    return found | {"best_minus_low": 0.0, "best_minus_high": 0.2, "note": ""} | others


def study(tmp_path, *rows):
    write_table(tmp_path / "predict/head/models.tsv", list(rows))
    return Results(tmp_path, SETTINGS)


def told(results):
    table = results.table("predict/head/models.tsv")
    return " ".join(baselines.sentences("head", table))


NETWORK = row("network", 0.9, kind="network", network_minus_low=np.nan, network_minus_high=np.nan, best="yes")


def test_a_network_that_beats_all_is_said_to_and_nothing_more(tmp_path):
    text = told(study(tmp_path, NETWORK, row("outside", 0.6, "yes", 0.3), row("age", 0.5, "yes", 0.4)))
    assert text == (
        "In experiment head, the network reaches a balanced accuracy of 0.90 (95 % interval 0.85 to 0.95) and beats 2 "
        "of 2 baselines: mean intensity outside the brain and age."
    )


def test_what_it_does_not_beat_is_named_with_the_interval_of_the_difference(tmp_path):
    rows = [row("svc_rbf", 0.97, "no", -0.07, kind="voxels"), NETWORK, row("outside", 0.88, "undecided", 0.02)]
    text = told(study(tmp_path, *rows, row("age", 0.5, "yes", 0.4)))
    assert "beats 1 of 3 baselines: age." in text
    assert (
        "cannot be told apart from mean intensity outside the brain (network minus it 0.02, 95 % interval -0.08" in text
    )
    assert "Better than the network: voxels by SVM, Gaussian (network minus it -0.07" in text
    assert text.endswith("What it does not beat, it need not have gone beyond.")


def test_a_size_that_is_not_beaten_is_said_to_be_perhaps_the_disease(tmp_path):
    text = told(study(tmp_path, NETWORK, row("native_size", 0.88, "undecided", 0.02, note=DISEASE)))
    assert text.endswith("Of these brain size before registration may itself be what the label is about.")
    assert "beats none of 1 baseline." in text


def test_baselines_that_there_are_none_of_are_named_with_the_reason_and_are_not_drawn(tmp_path):
    gone = row("site", np.nan, "undefined", note="no column says the site")
    results = study(tmp_path, NETWORK, row("age", 0.5, "yes", 0.4), gone)
    section = baselines.section(results)
    assert any(
        block.kind == "text" and block.text == "Not there: site: no column says the site." for block in section.blocks
    )
    assert "beats 1 of 1 baseline: age" in section.picture.picture.alt


def test_a_network_that_predicted_nothing_beats_nothing(tmp_path):
    empty = NETWORK | {"value": np.nan, "best": "no"}
    text = told(study(tmp_path, empty, row("age", 0.5, "undefined")))
    assert text == "head: there is no baseline to hold the network against, or it predicted nothing."


def test_every_model_and_measure_is_in_the_folded_tables_and_the_page_holds_them(tmp_path):
    rows = [NETWORK, row("age", 0.5, "yes", 0.4)]
    rows += [one | {"measure": "roc_auc", "value": 0.77} for one in rows]
    results = study(tmp_path, *rows)
    section = baselines.section(results)
    tables = [block for fold in section.blocks if fold.kind == "fold" for block in fold.blocks]
    assert [len(table.rows) for table in tables] == [2, 2]
    assert tables[0].rows[1][:7] == [
        "age",
        "confound",
        "0.50 (0.02)",
        "0.45 to 0.55",
        "40",
        "0.40 (0.30 to 0.50)",
        "beaten",
    ]
    assert tables[0].rows[0][7] == "the best"
    page = render(results, [section])
    assert "Models of head by ROC AUC" in page and 'id="baselines"' in page


def test_a_study_without_the_stage_has_no_section(tmp_path):
    assert baselines.section(Results(tmp_path, SETTINGS)) is None


@pytest.mark.parametrize("measure", ["r2", "balanced_accuracy"])
def test_chance_is_marked_where_the_scores_say_what_it_is(tmp_path, measure):
    results = study(tmp_path, NETWORK | {"measure": measure}, row("age", 0.5, "yes", 0.4) | {"measure": measure})
    assert baselines.section(results).picture is not None
    estimate = {"value": 0.5, "mean": 0.5, "sd": 0.1, "low": 0.4, "high": 0.6, "n": 20}
    scores = pd.DataFrame([{"model": "network", "measure": measure, "split": "all"} | estimate])
    write_table(tmp_path / "predict/head/scores.tsv", scores)
    assert "stroke-dasharray" in _svg(baselines.section(results).picture.picture)


def _svg(picture):
    import base64

    return base64.b64decode(picture.source.split(",", 1)[1]).decode()
