import numpy as np
import pandas as pd
import pytest

from tests.library.report.made_results import SETTINGS, make_results, write_table
from voxplain.report import masked_input
from voxplain.report.masked_input import masked_sentence
from voxplain.report.results import Results


@pytest.fixture
def root(tmp_path):
    return make_results(tmp_path / "results")


def rows(joint, main="balanced_accuracy"):
    found = []
    for mask, value in (("class0", 0.7), ("class1", 0.8), ("joint", joint), ("random", 0.6), ("edges", "undefined")):
        found.append({"split": "r1f1", "mask": mask, "share": 0.2, "n": 20, main: value})
        whole = {"split": "all", "mask": mask, "share": 0.2, "n": 40, main: value}
        if value != "undefined" and mask != "random":
            whole |= {f"{main}_low": value - 0.1, f"{main}_high": value + 0.1, f"{main}_difference": value - 0.6}
            whole |= {f"{main}_difference_low": value - 0.7, f"{main}_difference_high": value - 0.5}
        found.append(whole)
    return found


def test_each_mask_stands_beside_the_random_ones_and_classes_have_their_names(root):
    write_table(root / "sanity/brain/gradient/masked_input.tsv", rows(0.9))
    first, blocks = masked_input.blocks(Results(root, SETTINGS))
    told = "brain, gradient: seen through 20 % of the voxels, held-out scans have a balanced accuracy of 0.90 (95 % "
    assert told in first.picture.alt and "more than chance marks" in first.picture.alt
    assert [block.kind for block in blocks] == ["text", "fold"]
    table = blocks[-1].blocks[0]
    assert [one[0] for one in table.rows[1::2]] == [
        "class F",
        "class M",
        "all classes",
        "random, as smooth",
        "edges of the mean T1",
    ]
    assert table.rows[5][-1] == "0.30" and table.rows[9][4] == "undefined" and "nan" not in repr(blocks)


@pytest.mark.parametrize(
    ("joint", "end"),
    [
        (0.9, "what the maps mark tells more than chance marks."),
        (0.65, "what the maps mark need not tell more than what chance marks."),
        (0.45, "what the maps mark tells less than chance marks."),
    ],
)
def test_the_sentence_is_made_from_the_interval_of_the_difference(joint, end):
    table = pd.DataFrame(rows(joint)).replace("undefined", np.nan).query("split == 'all'").set_index("mask")
    assert masked_sentence("a", 0.2, table, "balanced_accuracy").endswith(end)


def test_without_a_joint_or_a_random_mask_the_reason_is_said():
    table = pd.DataFrame(rows(0.9)).replace("undefined", np.nan).query("split == 'all'").set_index("mask")
    assert "maps that make them are constant" in masked_sentence("a", 0.2, table.loc[["edges"]], "balanced_accuracy")
    alone = table.drop(columns=[one for one in table if "difference" in one])
    assert masked_sentence("a", 0.2, alone, "balanced_accuracy").endswith("no random mask to hold it against.")


def test_amounts_are_told_by_r2(root):
    write_table(root / "sanity/brain/gradient/masked_input.tsv", rows(0.4, "r2"))
    first, _ = masked_input.blocks(Results(root, SETTINGS))
    assert "have an R² of 0.40" in first.picture.alt


def test_a_study_without_masks_says_so(root):
    first, blocks = masked_input.blocks(Results(root, SETTINGS))
    assert first is None and blocks[0].text == "No scan was shown through a mask."


def test_what_an_earlier_run_left_of_other_methods_is_not_shown(root):
    write_table(root / "sanity/brain/gradCam/masked_input.tsv", rows(0.9))
    settings = SETTINGS | {"sanity": {"masked_input": {"methods": "first"}}}
    assert masked_input.blocks(Results(root, settings))[0] is None
    assert masked_input.blocks(Results(root, SETTINGS))[0] is not None
