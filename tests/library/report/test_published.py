import numpy as np
import pandas as pd
import pytest

from voxplain.baselines.published import published_table
from voxplain.report import published
from voxplain.report.results import Results
from voxplain.settings.published import ONE_FIGURE

COHORT = {"source": "hcp", "labels": {"sex": {"column": "Gender", "classes": {"F": 0, "M": 1}}}}
PLACE = {"table": "scores.tsv", "row": {}, "columns": {"value": "value", "low": "low", "high": "high", "n": "n"}}
FIGURE = ONE_FIGURE | {"experiment": "sex", "measure": "accuracy", "source": "Kan et al. 2020, table 1"}
FIGURES = [
    FIGURE | {"what": "Network, ten folds", "value": 0.9192, "sd": 0.0266, "comparable": False}
    | {"because": "relatives stood in two folds"},
    FIGURE | {"what": "Voxels by SVM", "model": "svc_rbf", "value": 0.86, "recalled": True, "comparable": True},
    FIGURE | {"what": "Unseen", "experiment": None, "measure": "roc_auc", "value": 0.5, "comparable": False}
    | {"because": "its folds are unknown"},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    own = pd.DataFrame([{"value": 0.8512, "low": 0.8, "high": 0.9, "n": 48}])
    own.to_csv(tmp_path / "scores.tsv", sep="\t", index=False)
    table = published_table(FIGURES, [PLACE, PLACE, None], {"scores.tsv": tmp_path / "scores.tsv"})
    (tmp_path / "predict").mkdir()
    table.to_csv(tmp_path / "predict/published.tsv", sep="\t", index=False)
    return tmp_path


def section_of(folder, **settings):
    return published.section(Results(folder, {"study": "sexes", "cohort": COHORT, "published": FIGURES} | settings))


def texts(section):
    blocks = [one for block in section.blocks for one in (block.blocks if block.kind == "fold" else [block])]
    return [block.text for block in blocks if block.kind == "text"]


def test_each_figure_has_a_sentence_made_of_both_numbers(folder):
    total, network, voxels, unseen = texts(section_of(folder))
    assert total == (
        "3 published figures: 2 measured here, 1 by a comparable protocol, 1 [recalled, to be checked]. "
        "Sources: Kan et al. 2020, table 1."
    )
    assert network == (
        "Network, ten folds: accuracy 0.919 (sd 0.027) published, 0.85 (95 % interval 0.80 to 0.90) here, a difference "
        "of -0.068; the published figure lies outside the interval. Not comparable: relatives stood in two folds."
    )
    assert voxels == (
        "Voxels by SVM: accuracy 0.860 [recalled, to be checked] published, 0.85 (95 % interval 0.80 to 0.90) here, a "
        "difference of -0.009; the published figure lies inside the interval. The protocols are comparable."
    )
    assert unseen == (
        "Unseen: ROC AUC 0.500 published, none here: this study has no figure to put beside it. Not comparable: its "
        "folds are unknown."
    )


def test_the_table_says_why_figures_are_not_comparable_and_which_were_only_recalled(folder):
    (table,) = [block for block in section_of(folder).blocks if block.kind == "table"]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert [row["Here"] for row in rows] == ["0.851 (0.800 to 0.900)"] * 2 + ["none"]
    assert [row["Difference"] for row in rows] == ["-0.068", "-0.009", "none"]
    assert [row["Comparable"] for row in rows] == ["no", "yes", "no"]
    assert [row["Because"] for row in rows] == [one["because"] for one in FIGURES]
    assert [row["Published"] for row in rows] == ["0.919 (sd 0.027)", "0.860 [recalled, to be checked]", "0.500"]


def test_figures_that_are_measured_are_drawn_own_and_published(folder):
    alt = section_of(folder).picture.picture.alt
    assert "Network, ten folds" in alt and "0.919" in alt


def test_a_higher_figure_has_a_plus_and_one_of_training_says_so():
    row = {"what": "a", "measure": "accuracy", "published": 0.5, "published_sd": np.nan, "recalled": "no"}
    row |= {"own_value": 0.75, "own_low": np.nan, "own_high": np.nan, "difference": 0.25, "published_inside": ""}
    row |= {"part": "training", "comparable": "yes", "because": "same people.", "note": ""}
    assert published.sentence(row) == (
        "a: accuracy 0.500 published, 0.75 here, on the scans learned from, a difference of +0.250. The protocols are "
        "comparable: same people."
    )


def test_a_made_twin_shows_no_published_figure_and_one_sentence_that_says_so(folder):
    twin = section_of(folder, made=True, published=[])
    (said,) = texts(twin)
    assert said == published.MADE and twin.picture is None and len(twin.blocks) == 1
    assert "0.9" not in str(twin)


def test_a_study_that_names_no_figure_and_a_made_cohort_have_no_such_section(folder):
    assert section_of(folder, published=[]) is None
    assert section_of(folder, cohort=COHORT | {"source": "made"}) is None


def test_a_comparison_that_is_not_there_is_said_to_be_missing(tmp_path):
    (block,) = section_of(tmp_path).blocks
    assert block.tone == "missing"
